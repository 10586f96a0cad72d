/*
 * The store: names on disk, with those of deleted tasks.  See walk.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/id.h"
#include "common/mem.h"
#include "daemon/store/files.h"
#include "daemon/store/name.h"
#include "daemon/store/steps.h"
#include "daemon/store/walk.h"

int
store_each_name(bool (*fn)(const struct store_name *name, void *arg), void *arg,
    struct error *err)
{
	struct store_steps *steps = store_steps_new();
	struct store_name name;
	enum store_step step;
	bool more = true;
	int result = 0;

	while (more && (step = store_steps_next(steps, &name)) != STEP_END)
		if (step == STEP_TASK || step == STEP_TOMBSTONE)
			more = fn(&name, arg);
	errno = store_steps_errno(steps);
	if (more && errno != 0) {
		fail_errno(err, "not all tasks can be seen now");
		result = -1;
	}
	store_steps_free(steps);
	return result;
}

static bool
is_there(struct store_name *name, const char *day, const char *end)
{
	size_t len = (size_t)snprintf(name->path, sizeof(name->path),
	    "tasks/%s/" ENTRY_NAME "%s", day, name->number, name->uuid, end);
	struct stat st;

	return len < sizeof(name->path) &&
	    fstatat(store_rootfd(), name->path, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

int
store_find(uint64_t number, const char *uuid, struct store_name *name,
    struct error *err)
{
	char **days, **day;
	bool found = false;

	if (store_read_days(&days, err) != 0) {
		strv_free(days);
		return -1;
	}
	name->number = number;
	snprintf(name->uuid, sizeof(name->uuid), "%s", uuid);
	for (day = days; !found && day != NULL && *day != NULL; day++)
		found = is_there(name, *day, "") ||
		    is_there(name, *day, ".gone");
	strv_free(days);
	if (found)
		return 0;
	fail(err, ERR_NOT_FOUND, TASK_ID ": no such task", number);
	return -1;
}
