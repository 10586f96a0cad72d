/*
 * The store: what goes into the folder of a task.  See accept_into.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/record/damage.h"
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

bool
accept_into_is_torn(int taskfd, const char *name, const char *file)
{
	int fd = openat(taskfd, name,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	bool torn = fd != -1 && damage_is_torn(fd, file);

	if (fd != -1)
		close(fd);
	return torn;
}

void
accept_into_undo(const char *path, int taskfd, const char *name)
{
	log_warnx("%s/%s is damaged, as a power cut leaves what nobody was "
		  "told of: removed",
	    path, name);
	store_remove_dir(taskfd, name);
}
