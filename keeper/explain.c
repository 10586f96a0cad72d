/*
 * What a file tells of why it does not run.  See explain.h.
 */
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper/explain.h"
#include "keeper/path_lookup.h"

/* Bytes of the file that are looked at. */
#define HEAD_BYTES 4096
/* Bytes of a #! line that the kernel looks at. */
#define LINE_BYTES 255
/* Bytes of a path in the text. */
#define SHOWN 100
/* Interpreters that are scripts; the kernel takes fewer. */
#define SCRIPTS_MAX 5

struct file {
	char head[HEAD_BYTES + 1];
	size_t len;
	int dirfd; /* of cwd */
};

/* Reads the beginning of a file that is there; false: it is not. */
static bool
read_head(struct file *file, const char *path)
{
	int fd = openat(file->dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, file->head, HEAD_BYTES);
	close(fd);
	file->len = n > 0 ? (size_t)n : 0;
	file->head[file->len] = '\0';
	return n >= 0;
}

/* Finds the file that execve was given. */
static bool
find(struct file *file, const char *program, const char *path)
{
	char candidate[PATH_MAX];
	struct path_lookup lookup;

	if (strchr(program, '/') != NULL)
		return read_head(file, program);
	path_lookup_init(&lookup, program, path);
	while (path_lookup_next(&lookup, candidate, sizeof(candidate)))
		if (read_head(file, candidate))
			return true;
	return false;
}

static bool
is_script(const struct file *file)
{
	return strncmp(file->head, "#!", 2) == 0;
}

/* Cuts the interpreter out of "#! /bin/sh -e\n"; NULL: there is no such line. */
static char *
interpreter(struct file *file)
{
	char *name = file->head + 2;

	if (!is_script(file))
		return NULL;
	name += strspn(name, " \t");
	name[strcspn(name, " \t\n")] = '\0';
	return name;
}

/* The loader that an ELF file of this machine names, or NULL. */
static const char *
loader(const struct file *file)
{
	Elf64_Ehdr header;
	Elf64_Phdr part;
	size_t i, at;

	if (file->len < sizeof(header) ||
	    memcmp(file->head, ELFMAG, SELFMAG) != 0 ||
	    file->head[EI_CLASS] != ELFCLASS64)
		return NULL;
	memcpy(&header, file->head, sizeof(header));
	for (i = 0; i < header.e_phnum; i++) {
		at = header.e_phoff + i * sizeof(part);
		if (at + sizeof(part) > file->len)
			return NULL;
		memcpy(&part, file->head + at, sizeof(part));
		if (part.p_type == PT_INTERP)
			return part.p_offset < file->len ?
			    file->head + part.p_offset :
			    NULL;
	}
	return NULL;
}

/* A file that is there was not found: what it needs is not there. */
static void
explain_needed(struct file *file, char *text, size_t size)
{
	char *name = interpreter(file);
	size_t len = name == NULL ? 0 : strlen(name);

	if (len > 0 && name[len - 1] == '\r')
		snprintf(text, size,
		    "its #! line ends in a carriage return; remove those of "
		    "all its lines");
	else if (name != NULL)
		snprintf(text, size, "its interpreter %.*s does not exist",
		    SHOWN, name);
	else if (loader(file) != NULL)
		snprintf(text, size,
		    "the loader that it was linked for, %.*s, does not exist",
		    SHOWN, loader(file));
}

/* The same of the interpreter that lacks it, should that be a script, too. */
static void
explain_missing(struct file *file, char *text, size_t size)
{
	struct file script;
	char *name;
	size_t len = 0;
	int i;

	for (i = 0; i < SCRIPTS_MAX; i++) {
		script = *file;
		name = interpreter(&script);
		if (name == NULL || !read_head(file, name))
			break;
		snprintf(text + len, size - len,
		    "its interpreter %.*s: ", SHOWN, name);
		len = strlen(text);
	}
	explain_needed(file, text + len, size - len);
	if (text[len] == '\0') /* nothing is missing by now */
		text[0] = '\0';
}

/* Whether it is an ELF file for the machine that we are built for. */
static bool
is_ours(const struct file *file)
{
	struct file self = { .dirfd = AT_FDCWD };

	return read_head(&self, "/proc/self/exe") &&
	    file->head[EI_CLASS] == self.head[EI_CLASS] &&
	    file->head[EI_DATA] == self.head[EI_DATA] &&
	    memcmp(file->head + offsetof(Elf64_Ehdr, e_machine),
		self.head + offsetof(Elf64_Ehdr, e_machine),
		sizeof(Elf64_Half)) == 0;
}

static void
explain_format(struct file *file, const char *program, char *text, size_t size)
{
	bool whole_line = strcspn(file->head, "\n") <= LINE_BYTES;

	if (file->len == 0)
		snprintf(text, size, "is empty");
	else if (memcmp(file->head, ELFMAG, SELFMAG) == 0)
		snprintf(text, size, "%s",
		    is_ours(file) ? "is cut off, or damaged" :
				    "is a program for another machine");
	else if (is_script(file) && !whole_line)
		snprintf(text, size,
		    "its #! line is longer than the %d bytes that the system "
		    "reads",
		    LINE_BYTES);
	else if (is_script(file) && *interpreter(file) == '\0')
		snprintf(text, size, "its #! line names no interpreter");
	else if (strlen(file->head) == file->len)
		snprintf(text, size, "has no #! line: run it as sh %.*s", SHOWN,
		    program);
	else
		snprintf(text, size, "is neither a program nor a script");
}

static void
explain_access(struct file *file, char *text, size_t size)
{
	char *name = interpreter(file);
	struct stat st;

	if (name == NULL)
		return;
	if (fstatat(file->dirfd, name, &st, 0) == 0 && S_ISDIR(st.st_mode))
		snprintf(text, size, "its interpreter %.*s is a directory",
		    SHOWN, name);
	else if (faccessat(file->dirfd, name, X_OK, 0) != 0)
		snprintf(text, size, "its interpreter %.*s is not executable",
		    SHOWN, name);
}

static void
explain_file(struct file *file, const char *program, int errnum, char *text,
    size_t size)
{
	if (errnum == ENOENT)
		explain_missing(file, text, size);
	else if (errnum == ENOEXEC)
		explain_format(file, program, text, size);
	else if (errnum == EACCES)
		explain_access(file, text, size);
	else if (errnum == ELOOP)
		snprintf(text, size,
		    "its #! lines lead from script to script, and to no "
		    "program");
}

void
explain_exec(const char *program, const char *cwd, const char *path, int errnum,
    char *text, size_t size)
{
	struct file file = { .dirfd = AT_FDCWD };

	text[0] = '\0';
	if (cwd != NULL)
		file.dirfd = open(cwd, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (cwd != NULL && file.dirfd < 0)
		return;
	if (find(&file, program, path))
		explain_file(&file, program, errnum, text, size);
	else if (errnum == ENOENT && strchr(program, '/') == NULL)
		snprintf(text, size, "was not found in PATH");
	else if (errnum == ENOENT && errno == ENOENT)
		snprintf(text, size, "has been removed");
	if (cwd != NULL)
		close(file.dirfd);
}
