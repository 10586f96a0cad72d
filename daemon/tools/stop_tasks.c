/*
 * stop_tasks: stop tasks with every process that they started.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/agent/result.h"
#include "daemon/record/record.h"
#include "daemon/reply/later.h"
#include "daemon/reply/stop.h"
#include "daemon/reply/targets.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/task/lineage.h"
#include "daemon/task/task.h"
#include "daemon/tools/tools.h"
#include "daemon/view/call.h"
#include "daemon/view/line.h"
#include "json/schema.h"

enum scope { SCOPE_NONE, SCOPE_MINE };

struct stop_args {
	char **ids;
	int64_t scope; /* enum scope */
	int64_t tree;
	int64_t mode; /* enum keeper_mode */
	int64_t grace_s;
};

static const struct choice scopes[] = {
	{ "mine", SCOPE_MINE },
	{ NULL, 0 },
};

static const struct choice modes[] = {
	{ "graceful", KEEPER_GRACEFUL },
	{ "now", KEEPER_NOW },
	{ NULL, 0 },
};

static const struct field fields[] = {
	STRINGS(struct stop_args, ids, .max = TASKS_MAX_PER_CALL,
	    .never_empty = true, .help = "t7, g7 or labels."),
	CHOICE(struct stop_args, scope, .choices = scopes, .never_empty = true,
	    .help = "This session's, instead of ids."),
	BOOLEAN(struct stop_args, tree, .help = "And subtasks."),
	CHOICE(struct stop_args, mode, .choices = modes,
	    .help = "Default graceful."),
	INTEGER(struct stop_args, grace_s, .min = 0, .max = 120, .absent = 10,
	    .hidden = true, .help = "Between the first signal and SIGKILL."),
	END_OF_FIELDS,
};

static struct mcp_reply stop_tasks(struct mcp_call *call,
    const void *arguments);

const struct mcp_tool stop_tasks_tool = {
	.name = "stop_tasks",
	.description = "Stop (cancel, kill) tasks with every process they "
		       "started. Output and results are kept.",
	.fields = fields,
	.size = sizeof(struct stop_args),
	.flags = MCP_DESTRUCTIVE | MCP_IDEMPOTENT,
	.call = stop_tasks,
};

static void
add_task(struct buf *out, const struct task *task)
{
	const struct record *rec = task_record(task);
	char *line;

	if (!record_ended(rec)) {
		buf_printf(out, TASK_ID " still stopping; next: ", rec->number);
		call_check(rec, CALL_WAIT_S, out);
		return;
	}
	line = view_first_line(task);
	buf_puts(out, line);
	free(line);
	if (rec->state == STATE_CANCELLED && rec->result != NULL &&
	    rec->result->text != NULL)
		buf_puts(out, ", partial result kept");
	if (rec->state == STATE_CANCELLED && agent_result_begun(rec->result))
		buf_printf(out, "; go on with reply_task " TASK_ID,
		    rec->number);
	if (rec->exit.unkillable > 0)
		buf_printf(out, "; %" PRId64 " processes could not be killed",
		    rec->exit.unkillable);
}

/* Counts the tasks, say of a tree, that an answer has no room for. */
static void
add_rest(struct buf *out, struct task *const *tasks, size_t n)
{
	size_t i, ended = 0;

	for (i = 0; i < n; i++)
		ended += record_ended(task_record(tasks[i]));
	if (n > 0)
		buf_printf(out, "\nand %zu more: %zu ended, %zu still stopping",
		    n, ended, n - ended);
}

static struct mcp_reply
answer(struct mcp_call *call, const void *arguments, struct task *const *tasks,
    size_t n, const char *note)
{
	struct buf out = { 0 };
	struct mcp_reply reply;
	size_t i;

	(void)arguments;
	(void)note; /* there is none: CALL_WAIT_S is never cut */
	for (i = 0; i < n && out.len < ANSWER_MAX_CHARS - 1000; i++) {
		if (i > 0)
			buf_puts(&out, "\n");
		add_task(&out, tasks[i]);
	}
	add_rest(&out, tasks + i, n - i);
	reply = mcp_reply_text(call, out.data);
	buf_clear(&out);
	return reply;
}

static int
choose_mine(struct mcp_call *call, const void *args, struct task_list *list,
    struct error *err)
{
	const char *owner = tool_session(call)->owner;
	struct task *task = NULL;

	(void)args;
	(void)err;
	while ((task = task_next_live(task)) != NULL)
		if (strcmp(task_record(task)->from.owner, owner) == 0)
			task_list_append(list, task);
	return 0;
}

static struct mcp_reply
nothing_to_stop(struct mcp_call *call)
{
	int64_t bytes;
	size_t gone;

	targets_gone(call, &gone, &bytes);
	return mcp_reply_text(call,
	    gone > 0 ? "the tasks were cleaned up meanwhile" :
		       "no task of this session is queued or running");
}

static struct mcp_reply
stopped(struct mcp_call *call, const void *args, const struct task_list *list,
    bool any, const struct error *err)
{
	const struct later_spec then = { .until = WAIT_ALL,
		.wait_s = CALL_WAIT_S,
		.answer = answer,
		.args = args };

	(void)any;
	return err->code != ERR_NONE ?
	    tool_failure(call, err) :
	    later_wait(call, list->tasks, list->n, &then);
}

static struct mcp_reply
stop_all(struct mcp_call *call, const void *arguments,
    const struct task_list *list)
{
	const struct stop_args *args = arguments;
	const struct stop_wish wish = { .mode = (enum keeper_mode)args->mode,
		.grace_s = (unsigned)args->grace_s,
		.then = stopped,
		.args = args };
	struct task_list all = { 0 };
	struct mcp_reply reply;
	size_t i;

	if (list->n == 0)
		return nothing_to_stop(call);
	if (!args->tree)
		return stop_reply(call, list, &wish);
	for (i = 0; i < list->n; i++)
		task_list_append(&all, list->tasks[i]);
	lineage_close(&all);
	reply = stop_reply(call, &all, &wish);
	task_list_clear(&all);
	return reply;
}

static struct mcp_reply
stop_tasks(struct mcp_call *call, const void *arguments)
{
	const struct stop_args *args = arguments;
	bool mine = args->scope == SCOPE_MINE;
	const struct targets_wish wish = { .walk = { .ids = args->ids },
		.choose = mine ? choose_mine : NULL,
		.act = stop_all,
		.args = args };
	struct error err;

	if ((args->ids != NULL && args->ids[0] != NULL) == mine) {
		fail(&err, ERR_INVALID, "give either ids or scope \"mine\"");
		return tool_failure(call, &err);
	}
	return targets_reply(call, &wish);
}
