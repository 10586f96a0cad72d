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

struct work {
	int rootfd;
	struct buf files, folders; /* paths, each with its NUL */
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

/* A file system that has no such call keeps nothing back. */
static bool
is_refusal(void)
{
	return errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS &&
	    errno != EROFS;
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

/* Returns the path after the last one that it has synced. */
static const char *
sync_some(struct work *work, const char *path, const char *end)
{
	const char *paths[OPEN_MAX_FILES];
	int fds[OPEN_MAX_FILES];
	size_t i, n;

	for (n = 0; n < OPEN_MAX_FILES && path < end; n++) {
		paths[n] = path;
		fds[n] = begin_file(work, path);
		if (work->wanting)
			break;
		path += strlen(path) + 1;
	}
	if (n > 0)
		work->wanting = false; /* until these are closed */
	STEP("sync-begun");
	for (i = 0; i < n; i++) {
		if (fds[i] == -1)
			continue;
		if (fdatasync(fds[i]) == -1 && is_refusal())
			note_failure(work, paths[i]);
		close(fds[i]);
	}
	return path;
}

static void
sync_folder(struct work *work, const char *path)
{
	int fd = open_one(work, path, O_DIRECTORY);

	if (fd == -1)
		return;
	if (fsync(fd) == -1 && is_refusal())
		note_failure(work, path);
	close(fd);
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

/* NULL when there are none. */
static const char *
end_of(const struct buf *paths)
{
	return paths->data == NULL ? NULL : paths->data + paths->len;
}

int
sync_files(int rootfd, const char *entries, size_t len, struct buf *failures)
{
	struct work work = { .rootfd = rootfd, .failures = failures };
	const char *at, *end = entries + len;

	for (at = entries; at < end; at += strlen(at) + 1)
		add(&work, at);
	for (at = work.files.data; !work.wanting && at != end_of(&work.files);)
		at = sync_some(&work, at, end_of(&work.files));
	STEP("sync-files-done");
	for (at = work.folders.data;
	     !work.wanting && at != end_of(&work.folders); at += strlen(at) + 1)
		sync_folder(&work, at);
	buf_clear(&work.files);
	buf_clear(&work.folders);
	return work.wanting ? -1 : 0;
}
