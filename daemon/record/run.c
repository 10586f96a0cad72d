/*
 * Finding the runs of a task.  See run.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "daemon/record/run.h"
#include "json/json.h"

const struct field run_spec_fields[] = {
	INTEGER(struct run_spec, version, .required = true),
	STRING(struct run_spec, uuid, .required = true),
	STRING(struct run_spec, created_at, .required = true),
	STRING(struct run_spec, boot),
	STRING(struct run_spec, model),
	BOOLEAN(struct run_spec, fork),
	BOOLEAN(struct run_spec, fresh),
	INTEGER(struct run_spec, not_before),
	STRING(struct run_spec, account),
	STRING(struct run_spec, limit),
	INTEGER(struct run_spec, waits),
	INTEGER(struct run_spec, result_chars),
	END_OF_FIELDS,
};

static bool
there(int dirfd, const char *name)
{
	return faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

bool
run_find_name(int dirfd, unsigned n, char name[RUN_NAME_SIZE])
{
	name[0] = '\0';
	if (n <= 1 || n > RUNS_MAX)
		return n == 1;
	snprintf(name, RUN_NAME_SIZE, "run-%u", n);
	if (there(dirfd, name))
		return true;
	snprintf(name, RUN_NAME_SIZE, "retry-%u", n);
	return there(dirfd, name);
}

/* Goes on to the next run: its number, turn and name. */
static bool
next(int dirfd, struct run *at)
{
	unsigned n = at->number + 1;

	if (!run_find_name(dirfd, n, at->name))
		return false;
	if (strncmp(at->name, "retry-", 6) != 0)
		at->turn = n;
	at->number = at->count = n;
	return true;
}

bool
run_is(const char *name)
{
	return strncmp(name, "run-", 4) == 0 || strncmp(name, "retry-", 6) == 0;
}

static bool
has_ended(int dirfd, const struct run *run)
{
	char exit[RUN_NAME_SIZE + 16];

	snprintf(exit, sizeof(exit), "%s%sexit.json", run->name,
	    run->name[0] == '\0' ? "" : "/");
	return there(dirfd, exit);
}

int
run_find(int dirfd, unsigned turn, struct run *run)
{
	struct run at = { 0 }, found = { 0 };
	bool settled = false;

	while (next(dirfd, &at)) {
		if (settled || (turn != 0 && at.turn != turn))
			continue;
		found = at;
		settled = !has_ended(dirfd, &at);
	}
	if (found.number == 0)
		return -1;
	found.count = at.count;
	*run = found;
	return 0;
}

int
run_find_number(int dirfd, unsigned n, struct run *run)
{
	struct run at = { 0 }, found = { 0 };

	while (next(dirfd, &at))
		if (at.number == n)
			found = at;
	if (found.number == 0)
		return -1;
	found.count = at.count;
	*run = found;
	return 0;
}

int
run_load(struct run *run, int dirfd, struct error *err)
{
	struct json_object *object = json_read(dirfd, "run.json", err);
	int64_t version = 0;
	int problems = 1;

	if (object == NULL)
		return -1;
	if (json_int_at(object, "version", &version) && version > RUN_VERSION)
		fail(err, ERR_NEWER,
		    "version %lld is newer than this program's %d",
		    (long long)version, RUN_VERSION);
	else
		problems = schema_load(run_spec_fields, object, &run->asked,
		    err);
	json_object_put(object);
	if (problems != 0)
		fail_prefix(err, "run.json");
	return problems == 0 ? 0 : -1;
}

void
run_clear(struct run *run)
{
	schema_clear(run_spec_fields, &run->asked);
	memset(run, 0, sizeof(*run));
}
