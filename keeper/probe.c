/*
 * Looking at working directories and programs.  See probe.h.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "keeper/path_lookup.h"
#include "keeper/print.h"
#include "keeper/probe.h"

#define INPUT_MAX_BYTES (16u << 20)
/* Bytes of a PATH in a message; only the first message shows it. */
#define PATH_SHOWN 500

/* Adds what errno says about a path, in the words of a sentence. */
static void
fail_path(struct error *err, const char *kind, const char *path)
{
	struct stat st;

	if (errno == ENOENT)
		fail_add(err, ERR_NOT_FOUND, "%s: %s does not exist", kind,
		    path);
	else if (errno == ENOTDIR && stat(path, &st) == 0)
		fail_add(err, ERR_INVALID, "%s: %s is not a directory", kind,
		    path);
	else if (errno == ENOTDIR)
		fail_add(err, ERR_NOT_FOUND,
		    "%s: %s does not exist: a part of its path is not a "
		    "directory",
		    kind, path);
	else if (errno == ELOOP)
		fail_add(err, ERR_INVALID, "%s: %s is a loop of symbolic links",
		    kind, path);
	else
		fail_add(err, ERR_SYSTEM, "%s: %s: %s", kind, path,
		    strerror(errno));
}

/* 0, or -1 with errno; *found: there is such a file. */
static int
check_executable(const char *path, bool *found)
{
	struct stat st;

	*found = stat(path, &st) == 0;
	if (!*found)
		return -1;
	if (S_ISREG(st.st_mode))
		return access(path, X_OK);
	errno = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
	return -1;
}

static void
check_path(const char *program, struct error *err)
{
	bool found;

	if (check_executable(program, &found) == 0)
		return;
	if (!found)
		fail_path(err, "program", program);
	else
		fail_add(err, ERR_INVALID, "program: %s is %s", program,
		    errno == EISDIR ? "a directory" : "not executable");
}

static void
report_not_found(const char *program, const char *path, struct error *err)
{
	static bool shown;

	if (shown)
		fail_add(err, ERR_NOT_FOUND,
		    "program: %.100s was not found in PATH", program);
	else
		fail_add(err, ERR_NOT_FOUND,
		    "program: %.100s was not found in PATH (%.*s%s)", program,
		    PATH_SHOWN, path, strlen(path) > PATH_SHOWN ? "..." : "");
	shown = true;
}

static void
check_search(const char *program, const char *path, struct error *err)
{
	char candidate[PATH_MAX], refused[PATH_MAX] = "";
	struct path_lookup lookup;
	bool found;

	path_lookup_init(&lookup, program, path);
	path = lookup.next;
	while (path_lookup_next(&lookup, candidate, sizeof(candidate))) {
		if (check_executable(candidate, &found) == 0)
			return;
		if (found && errno != EISDIR && refused[0] == '\0')
			memcpy(refused, candidate, sizeof(refused));
	}
	if (refused[0] != '\0')
		fail_add(err, ERR_INVALID, "program: %s is not executable",
		    refused);
	else
		report_not_found(program, path, err);
}

static bool
has(const char *dir, const char *name)
{
	char path[PATH_MAX + 16];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return stat(path, &st) == 0;
}

/* Does git find a repository from here?  One that is bare is one, too. */
static bool
in_repository(const char *path)
{
	char dir[PATH_MAX], *end;

	snprintf(dir, sizeof(dir), "%s", path);
	for (;;) {
		if (has(dir, ".git") ||
		    (has(dir, "HEAD") && has(dir, "objects") &&
			has(dir, "refs")))
			return true;
		end = strrchr(dir, '/');
		if (end == NULL || dir[1] == '\0')
			return false;
		end[end == dir] = '\0';
	}
}

/* We are in the working directory. */
static void
check_worktree(const char *path, struct error *err)
{
	char here[PATH_MAX];

	if (getcwd(here, sizeof(here)) == NULL)
		fail_path(err, "cwd", ".");
	else if (!in_repository(here))
		fail_add(err, ERR_INVALID,
		    "worktree: %s is not in a git repository; give a cwd that "
		    "is, or leave worktree out",
		    here);
	check_search("git", path, err);
}

static void
check(const char *cwd, const char *program, const char *path, bool worktree,
    struct error *err)
{
	bool there = chdir(*cwd == '\0' ? "/" : cwd) == 0;

	error_clear(err);
	if (!there)
		fail_path(err, "cwd", cwd);
	else if (worktree)
		check_worktree(path, err);
	if (strchr(program, '/') != NULL) {
		if (there || *program == '/')
			check_path(program, err);
	} else if (*program != '\0') {
		check_search(program, path, err);
	}
}

/* One line; whatever a path has in it, only its end is a newline. */
static void
report(unsigned index, struct error *err)
{
	char number[16], *p;

	for (p = err->text; *p != '\0'; p++)
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	snprintf(number, sizeof(number), "%u\t", index);
	print_strings(STDOUT_FILENO, number, err->text, "\n", NULL);
}

/* All of stdin, with NULs after it; -1 when it cannot be had. */
static ssize_t
read_input(const char **text)
{
	char *buf;
	size_t len = 0;
	ssize_t n;

	buf = mmap(NULL, INPUT_MAX_BYTES + 1, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (buf == MAP_FAILED)
		return -1;
	*text = buf;
	while (len < INPUT_MAX_BYTES) {
		n = read(STDIN_FILENO, buf + len, INPUT_MAX_BYTES - len);
		if (n == 0)
			return (ssize_t)len;
		if (n > 0)
			len += (size_t)n;
		else if (errno != EINTR)
			return -1;
	}
	errno = EFBIG;
	return -1;
}

/* The string at *at, which moves on; "" at the end. */
static const char *
next(const char **at, const char *end)
{
	const char *s = *at;

	if (s >= end)
		return "";
	*at += strlen(s) + 1;
	return s;
}

/* Places come in order. */
static bool
is_next(char *const **places, unsigned index)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", index);
	if (**places == NULL || strcmp(**places, number) != 0)
		return false;
	++*places;
	return true;
}

int
probe_run(char *const *worktrees)
{
	const char *at, *end, *cwd, *program, *path;
	struct error err;
	unsigned index;
	ssize_t len = read_input(&at);

	if (len < 0) {
		print_strings(STDERR_FILENO,
		    "ccproc-keeper: stdin: ", strerror(errno), "\n", NULL);
		return 1;
	}
	end = at + len;
	for (index = 0; at < end; index++) {
		cwd = next(&at, end);
		program = next(&at, end);
		path = next(&at, end);
		check(cwd, program, path, is_next(&worktrees, index), &err);
		if (err.code != ERR_NONE)
			report(index, &err);
	}
	return 0;
}
