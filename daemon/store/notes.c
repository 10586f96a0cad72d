/*
 * The store: notes of what a request meant, in calls/SESSION-ORDINAL, from
 * before it acts until its session ends.  When a daemon dies in between, the
 * next one gets the same request and must mean the same tasks.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/store/files.h"
#include "daemon/store/notes.h"

/* Longer than any bridge remembers a request whose daemon has gone. */
#define NOTE_MAX_AGE_S (24 * 3600)
/* A note names at most as many tasks as one call can delete. */
#define NOTE_MAX_BYTES (64u << 10)

static char *
name_of(const char *session, uint64_t ordinal)
{
	return xasprintf("%s-%" PRIu64, session, ordinal);
}

static int
open_calls(struct error *err)
{
	int fd;

	if (mkdirat(store_rootfd(), "calls", 0700) == -1 && errno != EEXIST) {
		fail_errno(err, "cannot make %s/calls", store_root());
		return -1;
	}
	fd = openat(store_rootfd(), "calls",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1)
		fail_errno(err, "cannot open %s/calls", store_root());
	return fd;
}

int
store_write_note(const char *session, uint64_t ordinal, const char *text,
    struct error *err)
{
	char *name = name_of(session, ordinal);
	int dirfd = open_calls(err), result = -1;

	if (dirfd != -1) {
		result = store_replace_file(dirfd, name, text, strlen(text),
		    err);
		close(dirfd);
		STEP("note-written");
	}
	free(name);
	return result;
}

char *
store_read_note(const char *session, uint64_t ordinal)
{
	char *path = xasprintf("calls/%s-%" PRIu64, session, ordinal);
	int fd = io_open_regular(store_rootfd(), path, NULL);
	char *text = NULL;
	ssize_t n;

	free(path);
	if (fd == -1)
		return NULL;
	text = xcalloc(1, NOTE_MAX_BYTES + 1);
	n = read(fd, text, NOTE_MAX_BYTES);
	close(fd);
	if (n >= 0)
		return text;
	free(text);
	return NULL;
}

/* Drops the notes for which drop() holds. */
static void
sweep(bool (*drop)(int dirfd, const char *name, const void *arg),
    const void *arg)
{
	DIR *dir = store_open_dir(store_rootfd(), "calls");
	struct dirent *entry;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.' &&
		    drop(dirfd(dir), entry->d_name, arg))
			unlinkat(dirfd(dir), entry->d_name, 0);
	if (dir != NULL)
		closedir(dir);
}

static bool
is_of_session(int dirfd, const char *name, const void *arg)
{
	const char *session = arg;
	size_t len = strlen(session);

	(void)dirfd;
	return strncmp(name, session, len) == 0 && name[len] == '-';
}

static bool
is_old(int dirfd, const char *name, const void *arg)
{
	const time_t *now = arg;
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    *now - st.st_mtim.tv_sec > NOTE_MAX_AGE_S;
}

void
store_drop_notes(const char *session)
{
	sweep(is_of_session, session);
}

void
store_drop_old_notes(void)
{
	time_t now = time(NULL);

	sweep(is_old, &now);
}
