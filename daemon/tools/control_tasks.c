/*
 * control_tasks: pause, unpause and signal tasks, for the command.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/reply/change.h"
#include "daemon/reply/targets.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/task/control.h"
#include "daemon/task/lineage.h"
#include "daemon/task/task.h"
#include "daemon/tools/tools.h"
#include "daemon/view/line.h"
#include "json/json.h"
#include "json/schema.h"

enum action { ACTION_PAUSE = 1, ACTION_UNPAUSE, ACTION_SIGNAL };

enum form { FORM_TEXT, FORM_JSON };

struct control_args {
	char **ids;
	int64_t action; /* enum action */
	int64_t signal; /* its number */
	int64_t tree;
	int64_t form; /* enum form */
};

static const struct choice actions[] = {
	{ "pause", ACTION_PAUSE },
	{ "unpause", ACTION_UNPAUSE },
	{ "signal", ACTION_SIGNAL },
	{ NULL, 0 },
};

static const struct choice forms[] = {
	{ "text", FORM_TEXT },
	{ "json", FORM_JSON },
	{ NULL, 0 },
};

static const struct field fields[] = {
	STRINGS(struct control_args, ids, .required = true, .min = 1,
	    .max = TASKS_MAX_PER_CALL, .help = "t7, g7 or labels."),
	CHOICE(struct control_args, action, .choices = actions,
	    .required = true),
	INTEGER(struct control_args, signal, .min = 1, .max = 64,
	    .help = "The number of the signal."),
	BOOLEAN(struct control_args, tree,
	    .help = "The signal goes to all processes of the task."),
	CHOICE(struct control_args, form, .choices = forms),
	END_OF_FIELDS,
};

static void check(const void *arguments, struct error *problems);
static struct mcp_reply control_tasks(struct mcp_call *call,
    const void *arguments);

const struct mcp_tool control_tasks_tool = {
	.name = "control_tasks",
	.description = "Pauses, unpauses or signals running tasks.",
	.fields = fields,
	.size = sizeof(struct control_args),
	.flags = MCP_DESTRUCTIVE | MCP_UNLISTED,
	.check = check,
	.call = control_tasks,
};

static void
check(const void *arguments, struct error *problems)
{
	const struct control_args *args = arguments;

	if (args->action == ACTION_SIGNAL &&
	    (args->signal == SIGSTOP || args->signal == SIGCONT ||
		args->signal == SIGTSTP))
		fail_add(problems, ERR_INVALID,
		    "signal: what stops a task, or has it go on, is pause and "
		    "unpause, by which its time stands still, too");
	else if ((args->action == ACTION_SIGNAL) != (args->signal != 0) ||
	    (args->tree && args->action != ACTION_SIGNAL))
		fail_add(problems, ERR_INVALID,
		    "signal, tree: go with the action \"signal\"");
}

/* FNV-1a; so that requests differ, and one that comes again does not. */
static unsigned
mark_of(const struct mcp_call *call, uint64_t number)
{
	char text[128];
	unsigned hash = 2166136261;
	const char *p;

	snprintf(text, sizeof(text), "%s %" PRIu64 " %" PRIu64,
	    tool_session(call)->uuid, mcp_call_ordinal(call), number);
	for (p = text; *p != '\0'; p++)
		hash = (hash ^ (unsigned char)*p) * 16777619;
	return hash >> 8;
}

static struct task_order
order_of(const struct control_args *args)
{
	switch ((enum action)args->action) {
	case ACTION_PAUSE:
		return (struct task_order){ .order = KEEPER_PAUSE };
	case ACTION_UNPAUSE:
		return (struct task_order){ .order = KEEPER_UNPAUSE };
	case ACTION_SIGNAL:
		break;
	}
	return (struct task_order){
		.order = args->tree ? KEEPER_TELL_TREE : KEEPER_TELL,
		.signo = (int)args->signal,
	};
}

static int
change(struct mcp_call *call, struct task *task, const void *arguments,
    struct error *err)
{
	struct task_order order = order_of(arguments);

	if (lineage_check_change(tool_session(call), task_record(task), err) !=
	    0)
		return -1;
	order.mark = mark_of(call, task_record(task)->number);
	order.again = mcp_call_replayed(call);
	return task_order(task, &order, err);
}

static bool
is_so(const struct task *task, const void *arguments)
{
	const struct control_args *args = arguments;

	return args->action == ACTION_SIGNAL ||
	    (task_paused_at(task) != 0) == (args->action == ACTION_PAUSE);
}

static void
changed(struct task *task, const void *arguments)
{
	struct task_order order = order_of(arguments);

	task_order_done(task, &order);
}

static void
add_text(const struct change *changes, size_t n, struct buf *out)
{
	uint64_t number;
	char *line;
	size_t i;

	for (i = 0; i < n && out->len < ANSWER_MAX_CHARS - 1000; i++) {
		buf_puts(out, i == 0 ? "" : "\n");
		number = task_record(changes[i].task)->number;
		if (changes[i].refused != NULL) {
			buf_printf(out, TASK_ID ": %s", number,
			    changes[i].refused);
			continue;
		}
		line = view_first_line(changes[i].task);
		buf_puts(out, line);
		free(line);
	}
	if (i < n)
		buf_printf(out, "\nand %zu more", n - i);
}

/* The ids of those that were changed, and why the others were not. */
static void
add_json(const struct change *changes, size_t n, struct buf *out)
{
	struct json_object *object = json_object_new_object();
	struct json_object *done = json_object_new_array();
	struct json_object *refused = json_object_new_object();
	char id[32];
	size_t i;

	for (i = 0; i < n; i++) {
		snprintf(id, sizeof(id), TASK_ID,
		    task_record(changes[i].task)->number);
		if (changes[i].refused != NULL)
			json_add_string(refused, id, changes[i].refused);
		else
			json_object_array_add(done, json_object_new_string(id));
	}
	json_add(object, "done", done);
	json_add(object, "refused", refused);
	buf_puts(out, json_text(object, NULL));
	json_object_put(object);
}

static struct mcp_reply
answer(struct mcp_call *call, const void *arguments,
    const struct change *changes, size_t n)
{
	const struct control_args *args = arguments;
	struct buf out = { 0 };
	struct mcp_reply reply;
	size_t i, refused = 0;

	for (i = 0; i < n; i++)
		refused += changes[i].refused != NULL;
	if (args->form == FORM_JSON)
		add_json(changes, n, &out);
	else
		add_text(changes, n, &out);
	reply = refused == n && args->form == FORM_TEXT ?
	    mcp_reply_failure(call, out.data) :
	    mcp_reply_text(call, out.data);
	buf_clear(&out);
	return reply;
}

static struct mcp_reply
control_all(struct mcp_call *call, const void *arguments,
    const struct task_list *list)
{
	const struct change_wish wish = { .change = change,
		.is_so = is_so,
		.changed = changed,
		.then = answer,
		.args = arguments };

	return list->n == 0 ?
	    mcp_reply_text(call, "the tasks were cleaned up meanwhile") :
	    change_reply(call, list, &wish);
}

static struct mcp_reply
control_tasks(struct mcp_call *call, const void *arguments)
{
	const struct control_args *args = arguments;
	const struct targets_wish wish = { .walk = { .ids = args->ids },
		.act = control_all,
		.args = args };

	return targets_reply(call, &wish);
}
