/*
 * Syncing files.  See sync_files.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/mem.h"
#include "common/step.h"
#include "daemon/os/sync_files.h"

/* Files that are open at the same time. */
#define OPEN_MAX_FILES 128
/* A task has runs in it. */
#define DEPTH 1
/* What a program writes is waited for up to this size. */
#define OUTPUT_MAX_BYTES (1 << 20)
/* Waits until the bytes of a file have been written. */
#define WRITTEN \
	(SYNC_FILE_RANGE_WAIT_BEFORE | SYNC_FILE_RANGE_WRITE | \
	    SYNC_FILE_RANGE_WAIT_AFTER)

struct work {
	int rootfd;
	struct buf files, folders;       /* paths, each with its NUL */
	size_t files_done, folders_done; /* bytes of them */
	struct buf *failures;
	bool wanting; /* something was used up */
};

static void
add_path(struct buf *paths, const char *path)
{
	buf_add(paths, path, strlen(path) + 1);
}

static void
note_failure(struct work *work, const char *path)
{
	buf_printf(work->failures, "%d %s", errno, path);
	buf_add(work->failures, "", 1);
}

/*
 * A file system that has no such call keeps nothing back.  EROFS is one that
 * has given up writing after an error: mounted read-only it has nothing to
 * write, and says so by 0.
 */
static bool
is_refusal(void)
{
	return errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS;
}

static bool
is_gone(void)
{
	return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ||
	    errno == EBADF; /* the state directory itself */
}

static bool
passes(void)
{
	return errno == EMFILE || errno == ENFILE || errno == ENOMEM ||
	    errno == EINTR || errno == EAGAIN;
}

/* -1: there is none, or that is noted. */
static int
open_one(struct work *work, const char *path, int flags)
{
	int fd = openat(work->rootfd, path,
	    O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW | flags);

	if (fd == -1 && passes())
		work->wanting = true;
	else if (fd == -1 && !is_gone())
		note_failure(work, path);
	return fd;
}

static bool
is_output(const char *name)
{
	return strcmp(name, "stdout") == 0 || strcmp(name, "stderr") == 0;
}

/*
 * -1: there is nothing to wait for.  A file without bytes is no more than its
 * name, which its folder has.
 */
static int
begin_file(struct work *work, const char *path)
{
	const char *name = strrchr(path, '/');
	int fd = open_one(work, path, 0);
	struct stat st;

	if (fd == -1)
		return -1;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) || st.st_size == 0 ||
	    (name != NULL && is_output(name + 1) &&
		st.st_size > OUTPUT_MAX_BYTES)) {
		close(fd);
		return -1;
	}
	(void)sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	return fd;
}

static void
note_unless(bool synced, struct work *work, const char *path)
{
	if (!synced && is_refusal())
		note_failure(work, path);
}

static void
sync_folder(struct work *work, const char *path)
{
	int fd = open_one(work, path, O_DIRECTORY);

	if (fd == -1)
		return;
	note_unless(fsync(fd) == 0, work, path);
	close(fd);
}

/* Those that are left; one that cannot be opened now is left again. */
static void
sync_folders(struct work *work)
{
	const char *path;

	while (work->folders_done < work->folders.len) {
		path = work->folders.data + work->folders_done;
		sync_folder(work, path);
		if (work->wanting)
			return;
		work->folders_done += strlen(path) + 1;
	}
}

/*
 * As many as may be open at a time.  A journal takes files and folders in one
 * turn once the bytes of the files are written.  The folders go before the
 * files: they change again as soon as programs start, and would cost another
 * turn.
 */
static void
sync_some(struct work *work)
{
	const char *paths[OPEN_MAX_FILES];
	int fds[OPEN_MAX_FILES];
	size_t i, n;

	for (n = 0; n < OPEN_MAX_FILES && work->files_done < work->files.len;
	     n++) {
		paths[n] = work->files.data + work->files_done;
		fds[n] = begin_file(work, paths[n]);
		if (work->wanting)
			break;
		work->files_done += strlen(paths[n]) + 1;
	}
	STEP("sync-begun");
	for (i = 0; i < n; i++)
		if (fds[i] != -1)
			note_unless(sync_file_range(fds[i], 0, 0, WRITTEN) == 0,
			    work, paths[i]);
	if (!work->wanting)
		sync_folders(work);
	for (i = 0; i < n; i++) {
		if (fds[i] == -1)
			continue;
		note_unless(fdatasync(fds[i]) == 0, work, paths[i]);
		close(fds[i]);
	}
	if (n > 0)
		work->wanting = false; /* what these have used is there again */
}

static bool
is_folder(int fd, const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode);
}

static void
add_all(struct work *work, const char *path, int depth)
{
	int fd = open_one(work, path, O_DIRECTORY);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char *inner;

	if (dir == NULL && fd != -1)
		close(fd);
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		inner = xasprintf("%s/%s", path, entry->d_name);
		if (!is_folder(fd, entry))
			add_path(&work->files, inner);
		else if (depth > 0)
			add_all(work, inner, depth - 1);
		free(inner);
	}
	if (dir != NULL)
		closedir(dir);
	add_path(&work->folders, path);
}

static void
add(struct work *work, const char *entry)
{
	switch ((enum sync_kind)entry[0]) {
	case SYNC_FILE:
		add_path(&work->files, entry + 1);
		break;
	case SYNC_FOLDER:
		add_path(&work->folders, entry + 1);
		break;
	case SYNC_ALL:
		add_all(work, entry + 1, DEPTH);
		break;
	}
}

int
sync_files(int rootfd, const char *entries, size_t len, struct buf *failures)
{
	struct work work = { .rootfd = rootfd, .failures = failures };
	const char *at;

	for (at = entries; at < entries + len; at += strlen(at) + 1)
		add(&work, at);
	while (!work.wanting && work.files_done < work.files.len)
		sync_some(&work);
	STEP("sync-files-done");
	if (!work.wanting)
		sync_folders(&work);
	buf_clear(&work.files);
	buf_clear(&work.folders);
	return work.wanting ? -1 : 0;
}
