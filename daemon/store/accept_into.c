/*
 * The store: what goes into the folder of a task.  See accept_into.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/store/accept_into.h"
#include "daemon/store/files.h"
#include "daemon/store/task_dir.h"
#include "daemon/store/unsynced.h"

int
accept_into_begin(struct accept_into *into, const struct record *rec,
    const char *name, struct error *err)
{
	const char *task = strrchr(rec->path, '/') + 1;

	into->dot = xasprintf("%.*s.%s-%s", (int)(task - rec->path), rec->path,
	    task, name);
	into->path = xasprintf("%s/%s", rec->path, name);
	/* of a daemon that was killed */
	store_remove_dir(store_rootfd(), into->dot);
	if (mkdirat(store_rootfd(), into->dot, 0700) == 0)
		return store_open_task(into->dot, err);
	fail_errno(err, "cannot make %s/%s", store_root(), into->dot);
	return -1;
}

int
accept_into_publish(struct accept_into *into, const char *file,
    struct error *err)
{
	if (renameat(store_rootfd(), into->dot, store_rootfd(), into->path) ==
	    -1) {
		fail_errno(err, "cannot rename %s/%s", store_root(), into->dot);
		return -1;
	}
	unsynced_file(into->path, file);
	unsynced_file(into->path, "prompt");
	unsynced_file(into->path, "env");
	unsynced_parent(into->path);
	free(into->dot);
	into->dot = NULL;
	return 0;
}

void
accept_into_end(struct accept_into *into)
{
	if (into->dot != NULL)
		store_remove_dir(store_rootfd(), into->dot);
	free(into->dot);
	free(into->path);
}
