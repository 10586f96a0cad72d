/*
 * The store: what is known of a task without opening its files.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon/record/run.h"
#include "daemon/store/files.h"
#include "daemon/store/hooks.h"
#include "daemon/store/survey.h"

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

/* A task has ended when all of its runs have, and the last one counts. */
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
		if (entry->d_name[0] == '.' ||
		    fstatat(dirfd(dir), entry->d_name, &st,
			AT_SYMLINK_NOFOLLOW) != 0)
			continue;
		if (S_ISREG(st.st_mode))
			add_file(entry->d_name, &st, usage);
		else if (S_ISDIR(st.st_mode) && runs && run_is(entry->d_name)) {
			survey(dirfd(dir), entry->d_name, false, &inner);
			add_run(&inner, &later);
		} else if (S_ISDIR(st.st_mode) && runs &&
		    store_is_hook(entry->d_name)) {
			survey(dirfd(dir), entry->d_name, false, &inner);
			usage->bytes += inner.bytes;
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
