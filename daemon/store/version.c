/*
 * The store: the version of the state directory as a whole.  A later program
 * reads what an earlier one left; an earlier one keeps its hands off.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/log.h"
#include "common/program.h"
#include "daemon/store/files.h"
#include "daemon/store/store.h"
#include "daemon/store/unsynced.h"
#include "daemon/store/version.h"

/* The first version had no file to say so. */
#define FIRST_VERSION 1

/* Reads the file into text; "" when there is none. */
static int
read_text(char *text, size_t size, struct error *err)
{
	ssize_t n;
	int fd = io_open_regular(store_rootfd(), "version", NULL);

	text[0] = '\0';
	if (fd == -1 && errno == ENOENT)
		return 0;
	n = fd == -1 ? -1 : read(fd, text, size - 1);
	if (n == -1)
		fail_errno(err, "cannot read %s/version", store_root());
	else
		text[n] = '\0';
	if (fd != -1)
		close(fd);
	return n == -1 ? -1 : 0;
}

/* An empty file is what a power failure may leave of a new one. */
static int
read_version(long *version, struct error *err)
{
	char text[32], *end;

	if (read_text(text, sizeof(text), err) != 0)
		return -1;
	*version = strtol(text, &end, 10);
	if (text[0] == '\0')
		*version = FIRST_VERSION;
	else if (*version < FIRST_VERSION || (*end != '\n' && *end != '\0')) {
		fail(err, ERR_INVALID,
		    "%s/version has \"%.*s\", expected a number; if the "
		    "directory is of this program, remove that file",
		    store_root(), (int)strcspn(text, "\n"), text);
		return -1;
	}
	return 0;
}

int
store_check_version(struct error *err)
{
	long version;

	if (read_version(&version, err) != 0)
		return -1;
	if (version <= STORE_VERSION)
		return 0;
	fail(err, ERR_NEWER,
	    "the state directory %s has version %ld, and this program knows "
	    "those up to %d: a later ccproc has written there; install that "
	    "again, or set CCPROC_STATE_DIR to another directory",
	    store_root(), version, STORE_VERSION);
	return -1;
}

int
store_check(const char *path, struct error *err)
{
	int result = 0;

	if (store_root_open(path, err) == 0)
		result = store_check_version(err);
	else if (err->errnum != ENOENT)
		result = -1;
	store_root_close();
	return result;
}

int
store_raise_version(long version, struct error *err)
{
	char text[32];
	long before;
	int len = snprintf(text, sizeof(text), "%ld\n", version);

	if (read_version(&before, err) != 0)
		return -1;
	if (before >= version)
		return 0;
	if (store_replace_file(store_rootfd(), "version", text, (size_t)len,
		err) != 0)
		return -1;
	unsynced_top("version");
	unsynced_folder(".");
	return 0;
}

void
store_note_version(void)
{
	static const char first[] = "1\n";
	char text[32];
	struct error err;

	if (read_text(text, sizeof(text), &err) == 0 && text[0] != '\0')
		return;
	if (store_replace_file(store_rootfd(), "version", first, strlen(first),
		&err) != 0)
		log_warnx("%s: %s", store_root(), err.text);
}

void
store_note_program(void)
{
	struct program noted;
	struct error err;
	char path[PROGRAM_PATH_SIZE], text[sizeof(noted) + 8];
	int len, newer = -1;

	if (program_self(path, sizeof(path), &err) != 0)
		return;
	if (program_noted(store_root(), &noted))
		newer = strverscmp(noted.version, PACKAGE_VERSION);
	if (newer > 0 || (newer == 0 && strcmp(noted.path, path) == 0))
		return;
	len = snprintf(text, sizeof(text), "%s %s\n", PACKAGE_VERSION, path);
	if (store_replace_file(store_rootfd(), PROGRAM_FILE, text, (size_t)len,
		&err) != 0)
		log_warnx("%s: %s", store_root(), err.text);
}
