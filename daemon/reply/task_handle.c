/*
 * Handles.  See task_handle.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/id.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/config.h"
#include "daemon/record/record.h"
#include "daemon/reply/task_handle.h"
#include "daemon/store/index.h"
#include "daemon/store/name.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"
#include "daemon/view/group.h"

#define POLL_MS 1000
#define UUID_LEN 36
#define NUMBER_MAX_DIGITS 18
#define TURN_MAX_DIGITS 4

/* Steps over the number; NULL: there is none as we write it. */
static const char *
parse_number(const char *at, size_t max_digits, uint64_t *number)
{
	size_t digits = strspn(at, "0123456789");

	if (digits == 0 || digits > max_digits || at[0] == '0')
		return NULL;
	*number = strtoull(at, NULL, 10);
	return at + digits;
}

/*
 * t7-UUID, t7.3-UUID (the turn that begins with run 3), g7-UUID.  An id
 * leads to a path, so it has to be exactly one of ours.
 */
static bool
parse(const char *id, uint64_t *number, unsigned *turn, const char **uuid)
{
	uint64_t n = 1;
	const char *at;

	if (id[0] != 't' && id[0] != 'g')
		return false;
	at = parse_number(id + 1, NUMBER_MAX_DIGITS, number);
	if (at != NULL && *at == '.' && id[0] == 't') {
		at = parse_number(at + 1, TURN_MAX_DIGITS, &n);
		if (n == 1)
			return false;
	}
	if (at == NULL || *at != '-')
		return false;
	*turn = (unsigned)n;
	*uuid = at + 1;
	return strlen(*uuid) == UUID_LEN &&
	    strspn(*uuid, "0123456789abcdef-") == UUID_LEN;
}

static bool
begins_group(const struct task *task)
{
	const struct record *rec = task_record(task);
	const char *group = rec->from.group;

	return group != NULL && id_number(group) == rec->number;
}

/* Midnight of the day in whose folder the task is. */
static int64_t
day_of(const struct store_name *name)
{
	char text[TIMEFMT_SIZE];

	snprintf(text, sizeof(text), "%.10sT00:00:00.000Z", store_day(name));
	return time_parse_iso(text);
}

/* Adds the task as it is, or was, in that turn; false: it has no such turn. */
static bool
add_turn(struct task_handle *handle, struct task *task, unsigned turn)
{
	struct error err;
	struct task *then = task_at_turn(task, turn, &err);

	if (then == NULL && err.code == ERR_NOT_FOUND)
		return false;
	if (then == NULL)
		handle->damage = err;
	else
		task_list_add(&handle->list, then);
	task_unref(then);
	return true;
}

/*
 * A group is as its first turns left it, whatever its agents were told later.
 */
static void
add_group(struct task_handle *handle, uint64_t number)
{
	struct task_list all = { 0 };
	size_t i;

	if (lookup_group(number, &all, &handle->damage) != 0)
		task_list_clear(&all); /* a part of it tells nothing */
	for (i = 0; i < all.n; i++)
		add_turn(handle, all.tasks[i], 1);
	task_list_clear(&all);
}

/* Later tasks of a group may be there when its first one is gone. */
static bool
take(struct task_handle *handle, const struct store_name *name)
{
	struct task *first = NULL;
	bool known = true;

	handle->accepted_ms = day_of(name);
	if (!store_is_tombstone(name)) {
		first = task_open(name, &handle->damage);
		known = first == NULL || !handle->group || begins_group(first);
	}
	if (known && handle->group)
		add_group(handle, name->number);
	else if (known && first != NULL)
		known = add_turn(handle, first, handle->turn);
	task_unref(first);
	return known;
}

bool
task_handle_find(const char *id, struct task_handle *handle)
{
	struct store_name name;
	const char *uuid;
	uint64_t number;

	memset(handle, 0, sizeof(*handle));
	if (!parse(id, &number, &handle->turn, &uuid))
		return false;
	snprintf(handle->id, sizeof(handle->id), "%s", id);
	handle->group = id[0] == 'g';
	if (index_know(&handle->damage) != 0)
		return true; /* it may be there */
	return index_find(number, uuid, &name) && index_look(&name) &&
	    take(handle, &name);
}

/* Whether these tasks are a whole group, which the first one begins. */
static bool
are_group(struct task *const *tasks, size_t n)
{
	size_t i;

	if (!begins_group(tasks[0]))
		return false;
	for (i = 0; i < n; i++)
		if (task_record(tasks[i])->run.turn != 1)
			return false;
	return lookup_is_group(tasks, n);
}

static void
name_turn(struct task_handle *handle, const struct record *rec, unsigned turn)
{
	char dot[TURN_MAX_DIGITS + 2] = "";

	handle->turn = turn;
	if (turn > 1) /* at most RUNS_MAX, which the compiler cannot see */
		snprintf(dot, sizeof(dot), ".%u", turn % 10000);
	snprintf(handle->id, sizeof(handle->id), "%c%" PRIu64 "%s-%s",
	    handle->group ? 'g' : 't', rec->number, dot, rec->from.uuid);
}

bool
task_handle_of_turn(struct task *task, unsigned turn,
    struct task_handle *handle)
{
	memset(handle, 0, sizeof(*handle));
	name_turn(handle, task_record(task), turn);
	return add_turn(handle, task, turn) && handle->list.n > 0;
}

bool
task_handle_of(struct task *const *tasks, size_t n, struct task_handle *handle)
{
	const struct record *rec = task_record(tasks[0]);
	size_t i;

	memset(handle, 0, sizeof(*handle));
	handle->group = are_group(tasks, n);
	if (!handle->group && n > 1)
		return false;
	name_turn(handle, rec, handle->group ? 1 : rec->run.turn);
	for (i = 0; i < n; i++)
		task_list_add(&handle->list, tasks[i]);
	return true;
}

void
task_handle_clear(struct task_handle *handle)
{
	task_list_clear(&handle->list);
}

struct counts {
	size_t ended, failed, cancelled, forms;
};

static struct counts
count(const struct task_handle *handle)
{
	struct counts counts = { 0 };
	const struct record *rec;
	size_t i;

	for (i = 0; i < handle->list.n; i++) {
		rec = task_record(handle->list.tasks[i]);
		counts.ended += record_ended(rec);
		counts.failed += record_failed(rec);
		counts.cancelled += rec->state == STATE_CANCELLED;
		counts.forms += rec->state == STATE_NEEDS_INPUT;
	}
	return counts;
}

static bool
is_done(const struct task_handle *handle, const struct counts *counts)
{
	const struct record *rec = task_record(handle->list.tasks[0]);

	if (counts->ended == handle->list.n)
		return true;
	if (!handle->group)
		return false;
	switch (rec->from.notify) {
	case NOTIFY_FIRST:
		return counts->ended > 0;
	case NOTIFY_FAILURE:
		return counts->failed > 0;
	default:
		return false;
	}
}

/* A group may be done before all of it has ended: the rest changes nothing. */
static bool
is_early(const struct task_handle *handle)
{
	int64_t notify = task_record(handle->list.tasks[0])->from.notify;

	return handle->group &&
	    (notify == NOTIFY_FIRST || notify == NOTIFY_FAILURE);
}

enum mcp_task_status
task_handle_status(const struct task_handle *handle)
{
	struct counts counts = count(handle);

	if (handle->list.n == 0)
		return MCP_TASK_CANCELLED;
	if (!is_done(handle, &counts))
		return counts.forms > 0 ? MCP_TASK_INPUT_REQUIRED :
					  MCP_TASK_WORKING;
	return counts.cancelled == handle->list.n && !is_early(handle) ?
	    MCP_TASK_CANCELLED :
	    MCP_TASK_COMPLETED;
}

static bool
is_open(enum mcp_task_status status)
{
	return status == MCP_TASK_WORKING || status == MCP_TASK_INPUT_REQUIRED;
}

bool
task_handle_is_open(const struct task_handle *handle)
{
	return is_open(task_handle_status(handle));
}

char *
task_handle_message(const struct task_handle *handle)
{
	return handle->list.n == 0 ?
	    xstrdup("was cleaned up") :
	    view_verdict(handle->list.tasks, handle->list.n, handle->group);
}

static int64_t
max(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static int64_t
created_at(const struct task *task)
{
	return time_parse_iso(task_record(task)->from.created_at);
}

static int64_t
updated_at(const struct task_handle *handle)
{
	const struct record *rec;
	int64_t latest = 0;
	size_t i;

	for (i = 0; i < handle->list.n; i++) {
		rec = task_record(handle->list.tasks[i]);
		latest = max(latest, created_at(handle->list.tasks[i]));
		latest = max(latest, rec->exit.started_at);
		latest = max(latest, rec->exit.ended_at);
	}
	return latest;
}

/* The time from its making until retention may delete it; 0: unlimited. */
static int64_t
ttl_ms(const struct task_handle *handle, const struct mcp_task *task)
{
	int64_t age_s = config_get()->retention.max_age_s, last;

	if (age_s == 0)
		return 0;
	last = is_open(task->status) ? time_wall_ms() : updated_at(handle);
	return max(last - task->created_ms, 0) + age_s * 1000;
}

void
task_handle_publish(const struct task_handle *handle, const char *message,
    struct mcp_task *task)
{
	memset(task, 0, sizeof(*task));
	task->id = handle->id;
	task->status = task_handle_status(handle);
	task->message = message;
	task->created_ms = handle->list.n > 0 ?
	    created_at(handle->list.tasks[0]) :
	    handle->accepted_ms;
	task->updated_ms = max(task->created_ms, updated_at(handle));
	task->ttl_ms = ttl_ms(handle, task);
	task->poll_ms = POLL_MS;
}

struct mcp_reply
task_handle_reply(struct mcp_call *call, const struct task_handle *handle,
    const char *message)
{
	struct mcp_task task;

	task_handle_publish(handle, message, &task);
	task.note = message;
	if (task.status == MCP_TASK_INPUT_REQUIRED)
		task.status = MCP_TASK_WORKING; /* tasks/get tells what input */
	return mcp_reply_task(call, &task);
}
