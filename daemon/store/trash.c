/*
 * The trash.  See trash.h.
 */
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/step.h"
#include "daemon/os/loop.h"
#include "daemon/store/files.h"
#include "daemon/store/trash.h"

static struct event *step;
/* It stays open from one call to the next: it may have very many entries. */
static DIR *trash;
static bool trash_removed; /* something, since it was opened */

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
	if (trash_empty())
		trash_kick();
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
	loop_timer_start(step, 0);
}
