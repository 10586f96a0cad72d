/*
 * The store: the open state directory, and files in it.  See
 * files.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/holder.h"
#include "common/io.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/store/files.h"

static int rootfd = -1;
static char *root;

void
store_root_note(const char *path)
{
	free(root);
	root = xstrdup(path);
}

int
store_root_open(const char *path, struct error *err)
{
	rootfd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (rootfd == -1) {
		fail_errno(err, "cannot open the state directory %s", path);
		return -1;
	}
	store_root_note(path);
	return 0;
}

void
store_root_close(void)
{
	if (rootfd != -1)
		close(rootfd);
	rootfd = -1;
	free(root);
	root = NULL;
}

int
store_rootfd(void)
{
	return rootfd;
}

const char *
store_root(void)
{
	return root;
}

const char *
store_full_path(const char *path)
{
	static char *full;

	free(full);
	full = xasprintf("%s/%s", root, path);
	return full;
}

static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

bool
store_has(const char *name, int fd)
{
	struct stat here, open;

	return fd != -1 && fstat(fd, &open) == 0 &&
	    fstatat(rootfd, name, &here, AT_SYMLINK_NOFOLLOW) == 0 &&
	    same(&here, &open);
}

/* The number of links would tell it on some file systems only. */
static bool
root_removed(void)
{
	static const char mark[] = " (deleted)";
	char link[64], target[PATH_MAX];
	size_t len;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", rootfd);
	n = readlink(link, target, sizeof(target));
	len = strlen(mark);
	return n >= (ssize_t)len &&
	    memcmp(target + n - (ssize_t)len, mark, len) == 0;
}

enum store_place
store_look(void)
{
	struct stat here, open;

	if (rootfd == -1 || fstat(rootfd, &open) == -1)
		return STORE_REMOVED;
	if (lstat(root, &here) == 0 && same(&here, &open))
		return STORE_THERE;
	if (root_removed())
		return STORE_REMOVED;
	return lstat(root, &here) == 0 ? STORE_REPLACED : STORE_MOVED;
}

int
store_write_file(int dirfd, const char *name, const void *data, size_t len,
    struct error *err)
{
	int fd = openat(dirfd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd == -1) {
		fail_errno(err, "cannot make %s", name);
		return -1;
	}
	if (io_write(fd, data, len) == -1) {
		fail_errno(err, "cannot write %s", name);
		close(fd);
		unlinkat(dirfd, name, 0);
		return -1;
	}
	close(fd);
	return 0;
}

int
store_replace_file(int dirfd, const char *name, const void *data, size_t len,
    struct error *err)
{
	char *tmp = xasprintf("%s.tmp", name);
	int result;

	unlinkat(dirfd, tmp, 0); /* of a daemon that was killed */
	result = store_write_file(dirfd, tmp, data, len, err);
	if (result == 0 && renameat(dirfd, tmp, dirfd, name) == -1) {
		fail_errno(err, "cannot rename %s", tmp);
		unlinkat(dirfd, tmp, 0);
		result = -1;
	}
	free(tmp);
	return result;
}

DIR *
store_open_dir(int dirfd, const char *name)
{
	int fd = openat(dirfd, name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	DIR *dir = fd == -1 ? NULL : fdopendir(fd);

	if (dir == NULL && fd != -1)
		close(fd);
	return dir;
}

/* So many folders are open at once; a task may have made any number. */
#define REMOVE_DEPTH 16

/* A folder in which nothing may be removed is one all the same. */
static DIR *
open_to_remove(int parent, const char *name)
{
	DIR *dir = store_open_dir(parent, name);
	char path[32];
	int fd;

	if (dir != NULL || errno != EACCES)
		return dir;
	fd = openat(parent, name,
	    O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (fd != -1 && chmod(path, 0700) == 0)
		dir = store_open_dir(parent, name);
	if (fd != -1)
		close(fd);
	return dir;
}

/* Moves a folder that is too deep to the top of the trash. */
static void
lift(int parent, const char *name)
{
	struct stat st;
	char *to;

	if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return;
	to = xasprintf("trash/deep-%llu", (unsigned long long)st.st_ino);
	(void)renameat(parent, name, rootfd, to);
	free(to);
}

static void
remove_dir(int parent, const char *name, int depth)
{
	struct dirent *entry;
	DIR *dir = open_to_remove(parent, name);

	if (dir != NULL)
		(void)fchmod(dirfd(dir), 0700);
	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0 ||
		    unlinkat(dirfd(dir), entry->d_name, 0) == 0 ||
		    errno != EISDIR)
			continue;
		else if (depth > 0)
			remove_dir(dirfd(dir), entry->d_name, depth - 1);
		else
			lift(dirfd(dir), entry->d_name);
	if (dir != NULL)
		closedir(dir);
	STEP("remove-files-gone");
	unlinkat(parent, name, AT_REMOVEDIR);
}

void
store_remove_dir(int parent, const char *name)
{
	remove_dir(parent, name, REMOVE_DEPTH);
}

int
store_lock_file(int fd, pid_t *holder)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	*holder = 0;
	if (fcntl(fd, F_SETLK, &lock) == 0)
		return 0;
	if (errno == EACCES || errno == EAGAIN) {
		*holder = holder_of(fd);
		errno = EAGAIN;
	}
	return -1;
}
