/*
 * The daemon to start.  See program.h.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/paths.h"
#include "common/program.h"

static bool
is_program(const char *path)
{
	struct stat st;

	return path[0] == '/' && stat(path, &st) == 0 && S_ISREG(st.st_mode) &&
	    access(path, X_OK) == 0;
}

/* The file: the version, a space, the path, a newline. */
static bool
read_file(const char *state, char *text, size_t size)
{
	char path[PROGRAM_PATH_SIZE + 16];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "%s/" PROGRAM_FILE, state);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd == -1)
		return false;
	n = read(fd, text, size - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0 && text[n - 1] == '\n';
}

bool
program_noted(const char *state, struct program *program)
{
	char text[sizeof(*program) + 8];
	size_t len;

	if (!read_file(state, text, sizeof(text)))
		return false;
	text[strcspn(text, "\n")] = '\0';
	len = strcspn(text, " ");
	if (text[len] == '\0' || len >= sizeof(program->version) ||
	    strlen(text + len + 1) >= sizeof(program->path))
		return false;
	memcpy(program->version, text, len);
	program->version[len] = '\0';
	strcpy(program->path, text + len + 1);
	return is_program(program->path);
}

/* Whether both names lead to one file. */
static bool
same_file(const char *a, const char *b)
{
	struct stat x, y;

	return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
	    x.st_ino == y.st_ino;
}

/* The name that this program was started by; NULL: it cannot be known. */
static const char *
started_by(void)
{
	const char *name = (const char *)
	    getauxval(AT_EXECFN); /* NOLINT: an address */

	return name != NULL && name[0] == '/' ? name : NULL;
}

/* Whether that name leads to another program now, of whatever version. */
static bool
is_replaced(void)
{
	const char *name = started_by();

	return name != NULL && access(name, F_OK) == 0 &&
	    !same_file(name, "/proc/self/exe");
}

int
program_self(char *path, size_t size, struct error *err)
{
	const char *started = started_by();
	ssize_t n;

	if (started != NULL && strlen(started) < size &&
	    same_file(started, "/proc/self/exe")) {
		strcpy(path, started);
		return 0;
	}
	n = readlink("/proc/self/exe", path, size);
	if (n >= 0 && (size_t)n < size) {
		path[n] = '\0';
		return 0;
	}
	fail(err, ERR_SYSTEM, "/proc/self/exe cannot be read, or is too long");
	return -1;
}

int
program_sibling(const char *name, char *path, size_t size, struct error *err)
{
	char link[PROGRAM_PATH_SIZE], *slash;
	struct error ignored;

	if (paths_program(name, path, size, err) != 0)
		return -1;
	if (program_self(link, sizeof(link), &ignored) != 0 ||
	    (slash = strrchr(link, '/')) == NULL)
		return 0;
	slash[1] = '\0';
	if (strlen(link) + strlen(name) < sizeof(link) &&
	    strlen(link) + strlen(name) < size) {
		strcat(link, name);
		if (same_file(link, path))
			strcpy(path, link);
	}
	return 0;
}

int
program_daemon(const char *state, char *path, size_t size, struct error *err)
{
	struct program noted;
	bool own = program_sibling("ccprocd", path, size, err) == 0;

	if (!program_noted(state, &noted))
		return own ? 0 : -1;
	if (own && !is_replaced() &&
	    strverscmp(PACKAGE_VERSION, noted.version) > 0)
		return 0;
	if (strlen(noted.path) >= size)
		return own ? 0 : -1;
	strcpy(path, noted.path);
	return 0;
}
