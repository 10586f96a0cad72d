/*
 * The trash.  See trash.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/os/loop.h"
#include "daemon/store/files.h"
#include "daemon/store/name.h"
#include "daemon/store/trash.h"
#include "daemon/store/unsynced.h"

static struct event *step;
/* It stays open from one call to the next: it may have very many entries. */
static DIR *trash;
static bool trash_removed; /* something, since it was opened */
/* What is in the trash tells the next daemon of deletions until then. */
static struct unsynced_span deletions;

void
trash_close(void)
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

/* At the end it begins anew: something may have come meanwhile. */
bool
trash_empty(void)
{
	bool again;

	do {
		if (remove_next())
			return true;
		again = trash_removed;
		trash_close();
	} while (again);
	return false;
}

static void
on_step(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (!unsynced_over(deletions))
		return;
	if (trash_empty())
		loop_timer_start(step, 0);
	else
		deletions = (struct unsynced_span){ 0 };
}

void
trash_init(void)
{
	step = loop_timer_new(on_step, NULL);
}

void
trash_free(void)
{
	event_free(step);
}

void
trash_kick(void)
{
	deletions = unsynced_now();
	loop_timer_start(step, 0);
}

void
trash_go_on(void)
{
	if (deletions.first != 0)
		loop_timer_start(step, 0);
}

/* An earlier daemon may have told nobody yet of what is in there. */
void
trash_take_over(void)
{
	struct error err;
	struct store_names names = { 0 };
	char **days, **day, *path;

	if (store_read_names("trash", &names, &err) == 0 && names.n > 0) {
		days = store_days();
		for (day = days; day != NULL && *day != NULL; day++) {
			path = xasprintf("tasks/%s", *day);
			unsynced_folder(path);
			free(path);
		}
		strv_free(days);
		unsynced_folder("trash");
	}
	free(names.items);
	trash_kick();
}
