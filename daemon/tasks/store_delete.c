/*
 * The store: deleting.  First the tombstone, which keeps the number and the
 * UUID taken, then the move into the trash, which is emptied bit by bit.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/store.h"
#include "daemon/tasks/store_files.h"

int
store_discard(const struct record *rec, struct error *err)
{
	char *trash = xasprintf("trash/%" PRIu64 "-%s", rec->number,
	    rec->stored.from.uuid);
	int result;

	result = renameat(store_rootfd(), rec->path, store_rootfd(), trash);
	if (result == -1)
		fail_errno(err, "cannot move %s/%s into the trash",
		    store_root(), rec->path);
	else
		store_drop_key(rec);
	free(trash);
	return result;
}

int
store_delete(const struct record *rec, struct error *err)
{
	char *gone = xasprintf("%s.gone", rec->path);
	int fd, result;

	fd = openat(store_rootfd(), gone,
	    O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd == -1) {
		fail_errno(err, "cannot make %s/%s", store_root(), gone);
		free(gone);
		return -1;
	}
	close(fd);
	result = store_discard(rec, err);
	if (result == 0)
		store_changed();
	else
		unlinkat(store_rootfd(), gone, 0);
	free(gone);
	return result;
}

bool
store_empty_trash(void)
{
	struct dirent *entry;
	DIR *dir = store_open_dir(store_rootfd(), "trash");
	bool found = false;

	while (!found && dir != NULL && (entry = readdir(dir)) != NULL)
		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0) {
			store_remove_dir(dirfd(dir), entry->d_name);
			found = faccessat(dirfd(dir), entry->d_name, F_OK,
				    AT_SYMLINK_NOFOLLOW) == -1;
		}
	if (dir != NULL)
		closedir(dir);
	return found;
}

int64_t
store_task_bytes(const char *path)
{
	struct dirent *entry;
	struct stat st;
	int64_t total = 0;
	DIR *dir = store_open_dir(store_rootfd(), path);

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		if (fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			total += (int64_t)st.st_blocks * 512;
	if (dir != NULL)
		closedir(dir);
	return total;
}
