/*
 * cleanup_tasks: delete tasks that ended, with their data.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/schema.h"
#include "common/timefmt.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/resolve.h"
#include "daemon/tasks/store.h"
#include "daemon/tasks/task.h"
#include "daemon/tasks/trash.h"
#include "daemon/tools/pending.h"
#include "daemon/tools/targets.h"
#include "daemon/tools/tools.h"

struct cleanup_args {
	char **ids;
	int64_t older_than_s; /* -1: not given */
	char **states;
	int64_t kill_running; /* -1: true when ids are given */
	int64_t dry_run;
};

static const struct field fields[] = { STRINGS(struct cleanup_args, ids,
					   .max = TASKS_MAX_PER_CALL,
					   .help = "t7, g7 or labels."),
	INTEGER(struct cleanup_args, older_than_s, .min = -1, .max = 315360000,
	    .absent = -1,
	    .help = "Instead of ids: those that ended so long ago."),
	STRINGS(struct cleanup_args, states,
	    .help = "With older_than_s: only these, such as completed."),
	BOOLEAN(struct cleanup_args, kill_running, .absent = -1,
	    .help = "Default true with ids."),
	BOOLEAN(struct cleanup_args, dry_run,
	    .help = "Only say what would go."),
	END_OF_FIELDS };

#define KILL_WAIT_S 30
/* One call deletes at most so many by age. */
#define CLEANUP_MAX 1000
/* And looks at so many; what is newer than asked for counts too. */
#define SCAN_MAX 20000

struct by_age {
	int64_t before; /* ms, wall clock */
	char *const *states;
};

static bool
old_enough(const struct task *task, void *arg)
{
	const struct by_age *age = arg;
	const struct record *rec = task_record(task);
	char *const *state = age->states;

	if (!record_ended(rec) || rec->exit.ended_at > age->before)
		return false;
	for (; state != NULL && *state != NULL; state++)
		if (strcmp(*state, state_name(rec->state)) == 0)
			return true;
	return age->states == NULL;
}

static void
add_skipped(struct buf *skipped, const struct task *task, const char *why)
{
	buf_printf(skipped, "%st%" PRIu64 " (%s)",
	    skipped->len == 0 ? "" : ", ", task_record(task)->number, why);
}

struct tally {
	size_t removed;
	int64_t bytes;
	struct buf skipped;
};

/* Running tasks are stopped when they were named, unless told not to. */
static bool
kills(const struct cleanup_args *args)
{
	return args->kill_running == -1 ? args->ids != NULL :
					  args->kill_running != 0;
}

static void
remove_one(struct task *task, const struct cleanup_args *args,
    struct tally *tally)
{
	const struct record *rec = task_record(task);
	struct error err;
	int64_t bytes = store_task_bytes(rec->path);

	if (!record_ended(rec) && !(args->dry_run && kills(args))) {
		add_skipped(&tally->skipped, task, state_name(rec->state));
		return;
	}
	if (!args->dry_run && store_delete(rec, &err) != 0) {
		add_skipped(&tally->skipped, task, err.text);
		return;
	}
	tally->removed++;
	tally->bytes += bytes;
}

static struct mcp_reply
answer(struct mcp_call *call, const void *arguments, struct task *const *tasks,
    size_t n, const char *note)
{
	const struct cleanup_args *args = arguments;
	struct tally tally = { 0 };
	struct mcp_reply reply;
	struct buf out = { 0 };
	size_t i;

	(void)note;
	targets_gone(call, &tally.removed, &tally.bytes);
	for (i = 0; i < n; i++)
		remove_one(tasks[i], args, &tally);
	trash_kick();
	buf_printf(&out, "%s %zu task%s, %s %" PRId64 " bytes",
	    args->dry_run ? "would remove" : "removed", tally.removed,
	    tally.removed == 1 ? "" : "s", args->dry_run ? "freeing" : "freed",
	    tally.bytes);
	if (tally.skipped.len > 0)
		buf_printf(&out,
		    "; skipped %s: stop them first, or give kill_running true",
		    tally.skipped.data);
	reply = mcp_reply_text(call, out.data);
	buf_clear(&tally.skipped);
	buf_clear(&out);
	return reply;
}

static int
check_states(char *const *states, struct error *err)
{
	enum task_state s;
	bool known;

	for (; states != NULL && *states != NULL; states++) {
		known = false;
		for (s = STATE_COMPLETED; s <= STATE_LOST; s++)
			known |= strcmp(*states, state_name(s)) == 0;
		if (!known) {
			fail(err, ERR_INVALID,
			    "states: expected completed, "
			    "failed, timeout, cancelled or lost, got \"%.40s\"",
			    *states);
			return -1;
		}
	}
	return 0;
}

static int
choose(struct mcp_call *call, const void *arguments, struct task_list *list,
    struct error *err)
{
	const struct cleanup_args *args = arguments;
	struct by_age age = { .states = args->states };
	struct task_walk walk = { .max = CLEANUP_MAX,
		.scan = SCAN_MAX,
		.match = old_enough,
		.arg = &age };
	bool ids = args->ids != NULL && args->ids[0] != NULL;

	(void)call;
	if (ids == (args->older_than_s >= 0)) {
		fail(err, ERR_INVALID, "give either ids or older_than_s");
		return -1;
	}
	if (ids)
		return resolve_ids(args->ids, list, err);
	if (check_states(args->states, err) != 0)
		return -1;
	age.before = time_wall_ms() - args->older_than_s * 1000;
	resolve_matching(list, &walk);
	return 0;
}

/* Stops the live ones; their end is waited for. */
static bool
stop_live(const struct task_list *list)
{
	struct error err;
	bool any = false;
	size_t i;

	for (i = list->n; i > 0; i--)
		if (!record_ended(task_record(list->tasks[i - 1])) &&
		    task_stop(list->tasks[i - 1], KEEPER_NOW, 0, &err) == 0)
			any = true;
	return any;
}

static struct mcp_reply
cleanup_tasks(struct mcp_call *call, const void *arguments)
{
	const struct cleanup_args *args = arguments;
	const struct pending_spec then = { .until = WAIT_ALL,
		.wait_s = KILL_WAIT_S,
		.answer = answer,
		.args = args };
	struct task_list list = { 0 };
	struct mcp_reply reply;
	struct error err;

	if (targets_choose(call, args->ids, choose, args, &list, &err) != 0)
		return tool_failure(call, &err);
	if (list.n > 0 && kills(args) && !args->dry_run && stop_live(&list))
		reply = pending_wait(call, list.tasks, list.n, &then);
	else
		reply = answer(call, args, list.tasks, list.n, "");
	task_list_clear(&list);
	return reply;
}

const struct mcp_tool cleanup_tasks_tool = {
	.name = "cleanup_tasks",
	.description = "Delete finished tasks and their data; stops running "
		       "ones named by id.",
	.fields = fields,
	.size = sizeof(struct cleanup_args),
	.search_hint = "remove background jobs, free space",
	.flags = MCP_DESTRUCTIVE | MCP_IDEMPOTENT,
	.call = cleanup_tasks,
};

/* The predecessor's name for it. */
static const struct field old_fields[] = {
	{ .name = "task_id",
	    .type = FIELD_STRINGS,
	    .required = true,
	    .min = 1,
	    .max = 1,
	    .offset = offsetof(struct cleanup_args, ids) },
	INTEGER(struct cleanup_args, older_than_s, .hidden = true, .min = -1,
	    .max = -1, .absent = -1),
	BOOLEAN(struct cleanup_args, kill_running, .hidden = true,
	    .absent = -1),
	END_OF_FIELDS
};

const struct mcp_tool cleanup_task_tool = {
	.name = "cleanup_task",
	.description = "Old name of cleanup_tasks, for one task.",
	.fields = old_fields,
	.size = sizeof(struct cleanup_args),
	.flags = MCP_DESTRUCTIVE | MCP_IDEMPOTENT | MCP_UNLISTED,
	.call = cleanup_tasks,
};
