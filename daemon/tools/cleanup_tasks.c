/*
 * cleanup_tasks: delete tasks that ended, with their data.  Long because what
 * is chosen, the steps of a deletion and what is told of them are one tool.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/find/resolve.h"
#include "daemon/record/record.h"
#include "daemon/reply/later.h"
#include "daemon/reply/sliced.h"
#include "daemon/reply/stop.h"
#include "daemon/reply/targets.h"
#include "daemon/reply/tool.h"
#include "daemon/store/survey.h"
#include "daemon/store/trash.h"
#include "daemon/task/task.h"
#include "daemon/tools/tools.h"
#include "daemon/worktree/worktree.h"
#include "json/json.h"
#include "json/schema.h"

struct cleanup_args {
	char **ids;
	int64_t older_than_s; /* -1: not given */
	char **states;
	int64_t kill_running; /* -1: true when ids are given */
	int64_t dry_run;
	int64_t force_worktree;
	int64_t form; /* enum form */
};

enum form { FORM_TEXT, FORM_JSON };

static const struct choice forms[] = { { "text", FORM_TEXT },
	{ "json", FORM_JSON }, { NULL, 0 } };

static const struct field fields[] = {
	STRINGS(struct cleanup_args, ids, .max = TASKS_MAX_PER_CALL,
	    .never_empty = true, .help = "t7, g7 or labels."),
	INTEGER(struct cleanup_args, older_than_s, .min = -1, .max = AGE_MAX_S,
	    .absent = -1, .never_empty = true,
	    .help = "Instead of ids: those that ended so long ago."),
	STRINGS(struct cleanup_args, states, .never_empty = true,
	    .hidden = true,
	    .help = "With older_than_s: only these, such as completed."),
	BOOLEAN(struct cleanup_args, kill_running, .absent = -1, .hidden = true,
	    .never_empty = true, .help = "Default true with ids."),
	BOOLEAN(struct cleanup_args, dry_run, .never_empty = true,
	    .help = "Only say what would go."),
	BOOLEAN(struct cleanup_args, force_worktree, .hidden = true),
	CHOICE(struct cleanup_args, form, .choices = forms, .hidden = true),
	END_OF_FIELDS,
};

static void check(const void *arguments, struct error *problems);
static struct mcp_reply cleanup_tasks(struct mcp_call *call,
    const void *arguments);

const struct mcp_tool cleanup_tasks_tool = {
	.name = "cleanup_tasks",
	.description = "Delete (remove) finished tasks and their data; stops "
		       "running ones named by id.",
	.fields = fields,
	.size = sizeof(struct cleanup_args),
	.flags = MCP_DESTRUCTIVE | MCP_IDEMPOTENT,
	.check = check,
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
	BOOLEAN(struct cleanup_args, kill_running, .hidden = true, .absent = -1,
	    .never_empty = true),
	END_OF_FIELDS,
};

const struct mcp_tool cleanup_task_tool = {
	.name = "cleanup_task",
	.description = "Old name of cleanup_tasks, for one task.",
	.fields = old_fields,
	.size = sizeof(struct cleanup_args),
	.flags = MCP_DESTRUCTIVE | MCP_IDEMPOTENT | MCP_UNLISTED,
	.call = cleanup_tasks,
};

#define KILL_WAIT_S 30
/* The most that one call deletes by age. */
#define CLEANUP_MAX 1000
/* The most that it looks at, newer ones included. */
#define SCAN_MAX 20000

static bool
old_enough(const struct task *task, void *arg)
{
	const struct cleanup_args *args = arg;
	const struct record *rec = task_record(task);
	char *const *state = args->states;

	if (!record_ended(rec) ||
	    rec->exit.ended_at > time_wall_ms() - args->older_than_s * 1000)
		return false;
	for (; state != NULL && *state != NULL; state++)
		if (strcmp(*state, state_name(rec->state)) == 0)
			return true;
	return args->states == NULL;
}

/* Characters of the list of skipped tasks; the rest is only counted. */
#define SKIPPED_MAX_CHARS 20000

struct tally {
	size_t removed, live, more;
	int64_t bytes;
	struct buf skipped;
	struct json_object *why; /* of each, as JSON; NULL: it is not wanted */
};

static void
add_skipped(struct tally *tally, const struct task *task, const char *why)
{
	struct buf *skipped = &tally->skipped;
	char id[32];

	if (tally->why != NULL) {
		snprintf(id, sizeof(id), TASK_ID, task_record(task)->number);
		json_add_string(tally->why, id, why);
	} else if (skipped->len > SKIPPED_MAX_CHARS)
		tally->more++;
	else
		buf_printf(skipped, "%st%" PRIu64 " (%s)",
		    skipped->len == 0 ? "" : ", ", task_record(task)->number,
		    why);
}

/* Running tasks are stopped when they were named, unless told not to. */
static bool
kills(const struct cleanup_args *args)
{
	return args->kill_running == -1 ? args->ids != NULL :
					  args->kill_running != 0;
}

/* Why is what keeps its worktree, or NULL. */
static void
remove_one(struct task *task, const struct cleanup_args *args, const char *why,
    struct tally *tally)
{
	const struct record *rec = task_record(task);
	struct error err;
	int64_t bytes = store_task_bytes(rec->path);

	if (!record_ended(rec) && !(args->dry_run && kills(args))) {
		add_skipped(tally, task, state_name(rec->state));
		tally->live++;
		return;
	}
	if (why != NULL) {
		add_skipped(tally, task, why);
		return;
	}
	if (!args->dry_run && task_delete(task, &err) != 0) {
		add_skipped(tally, task, err.text);
		return;
	}
	tally->removed++;
	tally->bytes += bytes;
}

/* A cleanup: worktrees go first, then task after task. */
struct cleanup {
	struct mcp_call *call;
	const struct cleanup_args *args;
	struct task_list list;
	size_t *places; /* in the list, of those with a worktree */
	size_t n;
	char **why; /* what keeps the worktree of each, or NULL */
	struct worktree_removal *removal;
	size_t done; /* so many of the list */
	struct tally tally;
};

static void
cleanup_free(void *arg)
{
	struct cleanup *cleanup = arg;
	size_t i;

	worktree_removal_free(cleanup->removal);
	buf_clear(&cleanup->tally.skipped);
	json_object_put(cleanup->tally.why);
	for (i = 0; i < cleanup->list.n; i++)
		free(cleanup->why[i]);
	free(cleanup->why);
	free(cleanup->places);
	task_list_clear(&cleanup->list);
	free(cleanup);
}

static bool
remove_step(void *arg)
{
	struct cleanup *cleanup = arg;
	size_t i = cleanup->done++;

	if (i == cleanup->list.n)
		return false;
	remove_one(cleanup->list.tasks[i], cleanup->args, cleanup->why[i],
	    &cleanup->tally);
	return true;
}

static void
add_json(const struct tally *tally, struct buf *out)
{
	struct json_object *object = json_object_new_object();

	json_add_int(object, "removed", (int64_t)tally->removed);
	json_add_int(object, "bytes", tally->bytes);
	json_add(object, "skipped", json_object_get(tally->why));
	buf_puts(out, json_text(object, NULL));
	json_object_put(object);
}

static void
add_text(struct tally *tally, bool dry_run, struct buf *out)
{
	buf_printf(out, "%s %zu task%s, %s %" PRId64 " bytes",
	    dry_run ? "would remove" : "removed", tally->removed,
	    tally->removed == 1 ? "" : "s", dry_run ? "freeing" : "freed",
	    tally->bytes);
	if (tally->more > 0)
		buf_printf(&tally->skipped, " and %zu more", tally->more);
	if (tally->skipped.len > 0)
		buf_printf(out, "; skipped %s%s", tally->skipped.data,
		    tally->live == 0 ?
			"" :
			": stop them first, or give kill_running true");
}

static struct mcp_reply
removed(struct mcp_call *call, void *arg)
{
	struct cleanup *cleanup = arg;
	struct mcp_reply reply;
	struct buf out = { 0 };

	trash_kick();
	if (cleanup->args->form == FORM_JSON)
		add_json(&cleanup->tally, &out);
	else
		add_text(&cleanup->tally, cleanup->args->dry_run != 0, &out);
	reply = mcp_reply_text(call, out.data);
	buf_clear(&out);
	cleanup_free(cleanup);
	return reply;
}

/* Those that are gone when nobody waits any more have gone. */
static void
dropped(void *arg)
{
	trash_kick();
	cleanup_free(arg);
}

static struct mcp_reply
remove_all(struct cleanup *cleanup)
{
	static const struct sliced sliced = { remove_step, removed, dropped };

	targets_gone(cleanup->call, &cleanup->tally.removed,
	    &cleanup->tally.bytes);
	return sliced_reply(cleanup->call, &sliced, cleanup);
}

static void
worktrees_removed(char *const *why, void *arg)
{
	struct cleanup *cleanup = arg;
	struct mcp_call *call = cleanup->call;
	size_t i;

	cleanup->removal = NULL; /* frees itself after this */
	for (i = 0; i < cleanup->n; i++)
		cleanup->why[cleanup->places[i]] = xstrdup(why[i]);
	mcp_call_finish(call, remove_all(cleanup));
}

/* Finds the tasks with worktrees, which go unless something would be lost. */
static void
find_worktrees(struct cleanup *cleanup, const struct record **recs)
{
	const struct record *rec;
	size_t i;

	for (i = 0; i < cleanup->list.n; i++) {
		rec = task_record(cleanup->list.tasks[i]);
		if (!record_ended(rec) || !worktree_made(rec))
			continue;
		recs[cleanup->n] = rec;
		cleanup->places[cleanup->n++] = i;
	}
}

static enum worktree_removal_mode
mode_of(const struct cleanup_args *args)
{
	if (args->dry_run)
		return WORKTREE_CHECK;
	return args->force_worktree ? WORKTREE_FORCE : WORKTREE_REMOVE;
}

static void
start_removal(struct cleanup *cleanup, const struct record *const *recs)
{
	struct error err;
	size_t i;

	cleanup->removal = worktree_removal_new(recs, cleanup->n,
	    mode_of(cleanup->args), worktrees_removed, cleanup, &err);
	for (i = 0; cleanup->removal == NULL && i < cleanup->n; i++)
		cleanup->why[cleanup->places[i]] = xstrdup(err.text);
}

static struct mcp_reply
answer(struct mcp_call *call, const void *arguments, struct task *const *tasks,
    size_t n, const char *note)
{
	const struct cleanup_args *args = arguments;
	struct cleanup *cleanup = xcalloc(1, sizeof(*cleanup));
	const struct record **recs = xcalloc(n + 1, sizeof(*recs));
	size_t i;

	(void)note;
	cleanup->call = call;
	cleanup->args = args;
	if (args->form == FORM_JSON)
		cleanup->tally.why = json_object_new_object();
	cleanup->places = xcalloc(n + 1, sizeof(*cleanup->places));
	cleanup->why = xcalloc(n + 1, sizeof(*cleanup->why));
	for (i = 0; i < n; i++)
		task_list_append(&cleanup->list, tasks[i]);
	find_worktrees(cleanup, recs);
	if (cleanup->n > 0 && !(args->dry_run && args->force_worktree))
		start_removal(cleanup, recs);
	free(recs);
	if (cleanup->removal == NULL)
		return remove_all(cleanup);
	return mcp_reply_later(call, cleanup_free, cleanup);
}

/* One that fills in whatever it can says 0 without meaning it. */
static void
check(const void *arguments, struct error *problems)
{
	const struct cleanup_args *args = arguments;

	if (problems->code != ERR_NONE && args->older_than_s == 0)
		fail_add(problems, ERR_INVALID,
		    "older_than_s: 0 means every task that has ended; leave "
		    "it out with the empty ones, unless you mean that");
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

/* What cannot be stopped is skipped. */
static struct mcp_reply
stopped(struct mcp_call *call, const void *args, const struct task_list *list,
    bool any, const struct error *err)
{
	const struct later_spec then = { .until = WAIT_ALL,
		.wait_s = KILL_WAIT_S,
		.answer = answer,
		.args = args };

	(void)err;
	return any ? later_wait(call, list->tasks, list->n, &then) :
		     answer(call, args, list->tasks, list->n, "");
}

static struct mcp_reply
act(struct mcp_call *call, const void *arguments, const struct task_list *list)
{
	const struct cleanup_args *args = arguments;
	const struct stop_wish wish = { .mode = KEEPER_NOW,
		.then = stopped,
		.args = args };

	return kills(args) && !args->dry_run ?
	    stop_reply(call, list, &wish) :
	    answer(call, args, list->tasks, list->n, "");
}

static struct mcp_reply
cleanup_tasks(struct mcp_call *call, const void *arguments)
{
	const struct cleanup_args *args = arguments;
	bool ids = args->ids != NULL && args->ids[0] != NULL;
	const struct targets_wish wish = {
		.walk = { .ids = ids ? args->ids : NULL,
		    .max = CLEANUP_MAX,
		    .scan = SCAN_MAX,
		    .match = old_enough,
		    .arg = (void *)(intptr_t)args }, /* only read */
		.ended = true,
		.act = act,
		.args = args
	};
	struct error err;

	error_clear(&err);
	if (ids == (args->older_than_s >= 0))
		fail(&err, ERR_INVALID, "give either ids or older_than_s");
	else if (!ids)
		(void)check_states(args->states, &err);
	if (err.code != ERR_NONE)
		return tool_failure(call, &err);
	return targets_reply(call, &wish);
}
