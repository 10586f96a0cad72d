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
#include "common/step.h"
#include "daemon/record/record.h"
#include "daemon/record/run.h"
#include "daemon/store/files.h"
#include "daemon/store/store.h"

int
store_discard(const struct record *rec, struct error *err)
{
	char *trash = xasprintf("trash/%" PRIu64 "-%s", rec->number,
	    rec->from.uuid);
	int result;

	result = renameat(store_rootfd(), rec->path, store_rootfd(), trash);
	if (result == -1)
		fail_errno(err, "cannot move %s/%s into the trash",
		    store_root(), rec->path);
	STEP("delete-moved");
	if (result == 0)
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
	STEP("delete-tombstone-made");
	result = store_discard(rec, err);
	if (result != 0 && err->errnum == ENOENT)
		result = 0; /* somebody else has deleted it meanwhile */
	else if (result != 0)
		unlinkat(store_rootfd(), gone, 0);
	free(gone);
	return result;
}

/* Stays open from one call to the next: there may be very many. */
static DIR *trash;
static bool trash_removed; /* something, since it was opened */

void
store_close_trash(void)
{
	if (trash != NULL)
		closedir(trash);
	trash = NULL;
	trash_removed = false;
}

/* Removes the next thing that can be. */
static bool
remove_next(void)
{
	struct dirent *entry;

	if (trash == NULL)
		trash = store_open_dir(store_rootfd(), "trash");
	while (trash != NULL && (entry = readdir(trash)) != NULL) {
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		store_remove_dir(dirfd(trash), entry->d_name);
		STEP("trash-emptied");
		if (faccessat(dirfd(trash), entry->d_name, F_OK,
			AT_SYMLINK_NOFOLLOW) == -1)
			return trash_removed = true;
	}
	return false;
}

/* At the end it begins anew, for what has come meanwhile. */
bool
store_empty_trash(void)
{
	bool again;

	do {
		if (remove_next())
			return true;
		again = trash_removed;
		store_close_trash();
	} while (again);
	return false;
}

static int64_t
mtime_ms(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000 +
	    st->st_mtim.tv_nsec / 1000000;
}

static void
add_file(const char *name, const struct stat *st, struct store_usage *usage)
{
	usage->bytes += (int64_t)st->st_blocks * 512;
	if (strcmp(name, "exit.json") == 0)
		usage->ended_at = mtime_ms(st);
	else if (strcmp(name, "seen") == 0)
		usage->seen = true;
	else if (strcmp(name, "worktree") == 0)
		usage->worktree = true;
}

/* Of several runs all have to have ended, and the last one counts. */
static void
add_run(const struct store_usage *run, struct store_usage *all)
{
	bool later = run->ended_at > all->ended_at;

	all->bytes += run->bytes;
	all->seen = later ? run->seen : all->seen;
	if (run->ended_at == -1 || all->ended_at == -1)
		all->ended_at = -1;
	else if (later)
		all->ended_at = run->ended_at;
}

static void
survey(int parent, const char *path, bool runs, struct store_usage *usage)
{
	struct store_usage inner, later = { 0 };
	struct dirent *entry;
	struct stat st;
	DIR *dir = store_open_dir(parent, path);

	*usage = (struct store_usage){ .ended_at = -1 };
	while (dir != NULL && (entry = readdir(dir)) != NULL) {
		if (fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISREG(st.st_mode))
			add_file(entry->d_name, &st, usage);
		else if (S_ISDIR(st.st_mode) && runs && run_is(entry->d_name)) {
			survey(dirfd(dir), entry->d_name, false, &inner);
			add_run(&inner, &later);
		}
	}
	if (dir != NULL)
		closedir(dir);
	add_run(&later, usage);
}

void
store_survey(const char *path, struct store_usage *usage)
{
	survey(store_rootfd(), path, true, usage);
}

int64_t
store_task_bytes(const char *path)
{
	struct store_usage usage;

	store_survey(path, &usage);
	return usage.bytes;
}

void
store_forget(const struct store_name *name)
{
	unlinkat(store_rootfd(), name->path, 0);
}

/* One that has anything else stays. */
void
store_forget_day(const char *day)
{
	char *path = xasprintf("tasks/%s", day);

	unlinkat(store_rootfd(), path, AT_REMOVEDIR);
	free(path);
}
