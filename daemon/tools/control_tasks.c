/*
 * control_tasks: pause, unpause and signal tasks that run, hold, release and
 * move those in the queue, pause the queue; for the command.
 *
 * Long because six actions share their arguments, their rights and the answer.
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
#include "daemon/find/resolve.h"
#include "daemon/queue/drain.h"
#include "daemon/queue/queue.h"
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

enum action {
	ACTION_PAUSE = 1,
	ACTION_UNPAUSE,
	ACTION_SIGNAL,
	ACTION_HOLD,
	ACTION_RELEASE,
	ACTION_MOVE,
};

enum place { PLACE_FIRST = 1, PLACE_LAST };

enum form { FORM_TEXT, FORM_JSON };

struct control_args {
	char **ids;
	int64_t action; /* enum action */
	int64_t signal; /* its number */
	int64_t tree;
	int64_t priority; /* NO_PRIORITY: not given */
	int64_t place;    /* enum place */
	int64_t queue;    /* instead of ids: nothing more is started */
	char *group;      /* of this group; NULL: of all */
	int64_t form;     /* enum form */
};

#define NO_PRIORITY (WAITING_PRIORITY_MAX + 1)

static const struct choice actions[] = {
	{ "pause", ACTION_PAUSE },
	{ "unpause", ACTION_UNPAUSE },
	{ "signal", ACTION_SIGNAL },
	{ "hold", ACTION_HOLD },
	{ "release", ACTION_RELEASE },
	{ "move", ACTION_MOVE },
	{ NULL, 0 },
};

static const struct choice places[] = {
	{ "first", PLACE_FIRST },
	{ "last", PLACE_LAST },
	{ NULL, 0 },
};

static const struct choice forms[] = {
	{ "text", FORM_TEXT },
	{ "json", FORM_JSON },
	{ NULL, 0 },
};

static const struct field fields[] = {
	STRINGS(struct control_args, ids, .max = TASKS_MAX_PER_CALL,
	    .help = "t7, g7 or labels."),
	CHOICE(struct control_args, action, .choices = actions,
	    .required = true),
	INTEGER(struct control_args, signal, .min = 1, .max = 64,
	    .help = "The number of the signal."),
	BOOLEAN(struct control_args, tree,
	    .help = "The signal goes to all processes of the task."),
	INTEGER(struct control_args, priority, .min = -WAITING_PRIORITY_MAX,
	    .max = WAITING_PRIORITY_MAX, .absent = NO_PRIORITY,
	    .help = "To move to."),
	CHOICE(struct control_args, place, .choices = places,
	    .help = "To move to, instead of priority."),
	BOOLEAN(struct control_args, queue,
	    .help = "Pause or unpause the queue, instead of ids."),
	STRING(struct control_args, group, .min = 1,
	    .help = "Only what is queued of it."),
	CHOICE(struct control_args, form, .choices = forms),
	END_OF_FIELDS,
};

static void check(const void *arguments, struct error *problems);
static struct mcp_reply control_tasks(struct mcp_call *call,
    const void *arguments);

const struct mcp_tool control_tasks_tool = {
	.name = "control_tasks",
	.description = "Pauses, unpauses or signals running tasks; holds, "
		       "releases or moves queued ones; pauses the queue.",
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

	if (problems->code != ERR_NONE)
		return;
	if (args->queue ? args->ids != NULL ||
		    (args->action != ACTION_PAUSE &&
			args->action != ACTION_UNPAUSE) :
			  args->ids == NULL || args->group != NULL)
		fail_add(problems, ERR_INVALID,
		    "ids, queue, group: give either ids, or queue true with "
		    "the action \"pause\" or \"unpause\"");
	if ((args->action == ACTION_MOVE) !=
	    ((args->priority != NO_PRIORITY) + (args->place != 0) == 1))
		fail_add(problems, ERR_INVALID,
		    "priority, place: one of them goes with the action "
		    "\"move\"");
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

/* That of an action which its keeper follows. */
static struct task_order
order_of(const struct control_args *args)
{
	struct task_order order = { .order = KEEPER_PAUSE };

	if (args->action == ACTION_UNPAUSE)
		order.order = KEEPER_UNPAUSE;
	if (args->action != ACTION_SIGNAL)
		return order;
	order.order = args->tree ? KEEPER_TELL_TREE : KEEPER_TELL;
	order.signo = (int)args->signal;
	return order;
}

static int
give_order(struct mcp_call *call, struct task *task,
    const struct control_args *args, struct error *err)
{
	struct task_order order = order_of(args);

	order.mark = mark_of(call, task_record(task)->number);
	order.again = mcp_call_replayed(call);
	return task_order(task, &order, err);
}

/* Who it is, in words that a task waits by; the caller frees. */
static char *
name_of(const struct session *session)
{
	struct lineage lineage;
	size_t n;
	char *name;

	lineage_of(session, &lineage);
	n = strv_len(lineage.ancestors);
	name = xstrdup(n > 0 ? lineage.ancestors[n - 1] :
		strcmp(session->client, "ccproc") == 0 &&
		    lineage_is_outside(session) ?
			       "a person" :
			       "a session");
	lineage_clear(&lineage);
	return name;
}

/* The daemon that had the request before may have done that, and was killed. */
static bool
was_done(struct mcp_call *call, const struct record *rec, int64_t action)
{
	return mcp_call_replayed(call) &&
	    (action == ACTION_RELEASE        ? rec->state != STATE_QUEUED :
		    action == ACTION_UNPAUSE ? record_ended(rec) :
					       false);
}

static int
change(struct mcp_call *call, struct task *task, const struct change_wish *wish,
    struct error *err)
{
	const struct control_args *args = wish->args;
	const struct session *session = tool_session(call);
	char *by;
	int result;

	if (lineage_check_change(session, task_record(task), err) != 0)
		return -1;
	if (was_done(call, task_record(task), args->action))
		return 1;
	switch ((enum action)args->action) {
	case ACTION_HOLD:
		by = name_of(session);
		result = task_hold(task, by, err);
		free(by);
		return result;
	case ACTION_RELEASE:
		return task_hold(task, NULL, err);
	case ACTION_MOVE:
		return task_move(task, wish->value, err);
	default:
		return give_order(call, task, args, err);
	}
}

static bool
is_so(const struct task *task, const void *arguments)
{
	const struct control_args *args = arguments;

	return (args->action != ACTION_PAUSE &&
		   args->action != ACTION_UNPAUSE) ||
	    (task_paused_at(task) != 0) == (args->action == ACTION_PAUSE);
}

static void
changed(struct task *task, const void *arguments)
{
	const struct control_args *args = arguments;
	struct task_order order = order_of(args);

	if (args->action == ACTION_PAUSE || args->action == ACTION_UNPAUSE)
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

static int
by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Returns the numbers of the tasks, sorted; the caller frees. */
static uint64_t *
numbers_of(const struct task_list *list)
{
	uint64_t *numbers = xcalloc(list->n + 1, sizeof(*numbers));
	size_t i;

	for (i = 0; i < list->n; i++)
		numbers[i] = task_record(list->tasks[i])->number;
	qsort(numbers, list->n, sizeof(*numbers), by_number);
	return numbers;
}

/* Before, or behind, all others in the queue. */
static int64_t
priority_at(enum place place, const struct task_list *list)
{
	int64_t step = place == PLACE_FIRST ? 1 : -1, at, best = 0;
	uint64_t *numbers = numbers_of(list);
	struct task *task = NULL;
	bool any = false;

	while ((task = task_next_queued(task)) != NULL) {
		if (bsearch(&task_record(task)->number, numbers, list->n,
			sizeof(*numbers), by_number) != NULL)
			continue;
		at = task_record(task)->waiting.priority + step;
		if (!any || (at - best) * step > 0)
			best = at;
		any = true;
	}
	free(numbers);
	if (best > WAITING_PRIORITY_MAX)
		return WAITING_PRIORITY_MAX;
	return best < -WAITING_PRIORITY_MAX ? -WAITING_PRIORITY_MAX : best;
}

static struct mcp_reply
control_all(struct mcp_call *call, const void *arguments,
    const struct task_list *list)
{
	const struct control_args *args = arguments;
	struct change_wish wish = { .change = change,
		.is_so = is_so,
		.changed = changed,
		.then = answer,
		.args = args,
		.value = args->priority };

	if (args->place != 0)
		wish.value = priority_at((enum place)args->place, list);
	return list->n == 0 ?
	    mcp_reply_text(call, "the tasks were cleaned up meanwhile") :
	    change_reply(call, list, &wish);
}

/* Returns the id of the group, which the caller frees; NULL with err. */
static char *
group_of(const char *name, struct error *err)
{
	struct task_list list = { 0 };
	uint64_t group;
	bool any;

	if (resolve_group(name, &group, err) != 0 ||
	    (group != 0 && lookup_group(group, &list, err) != 0)) {
		task_list_clear(&list);
		return NULL;
	}
	any = list.n > 0;
	task_list_clear(&list);
	if (any)
		return xasprintf(GROUP_ID, group);
	fail(err, ERR_NOT_FOUND, "%.60s: no such group", name);
	return NULL;
}

/* Nobody inside of a task may keep others waiting. */
static int
check_outside(const struct session *session, struct error *err)
{
	if (lineage_is_outside(session))
		return 0;
	fail(err, ERR_INVALID,
	    "the queue is paused, and goes on, by who is outside of all "
	    "tasks");
	return -1;
}

static struct mcp_reply
control_queue(struct mcp_call *call, const struct control_args *args)
{
	bool on = args->action == ACTION_PAUSE;
	struct buf text = { 0 };
	const char *still;
	struct error err;
	char *group = NULL;
	struct mcp_reply reply;

	if (check_outside(tool_session(call), &err) != 0 ||
	    (args->group != NULL &&
		(group = group_of(args->group, &err)) == NULL))
		return tool_failure(call, &err);
	if (drain_set(group, on, &err) != 0) {
		free(group);
		return tool_failure(call, &err);
	}
	queue_recall();
	buf_printf(&text, "%s %s; %zu queued, %zu running",
	    group == NULL ? "the queue" : group,
	    on ? "is paused, nothing more of it starts" : "goes on",
	    task_count_queued(),
	    task_count_running(false) + task_count_running(true));
	still = on || group != NULL ? NULL : drain_first_group();
	if (still != NULL)
		buf_printf(&text,
		    "; still paused: %s (ccproc unpause --queue -g %s)", still,
		    still);
	reply = mcp_reply_text(call, text.data);
	buf_clear(&text);
	free(group);
	return reply;
}

static struct mcp_reply
control_tasks(struct mcp_call *call, const void *arguments)
{
	const struct control_args *args = arguments;
	const struct targets_wish wish = { .walk = { .ids = args->ids },
		.act = control_all,
		.args = args };

	return args->queue ? control_queue(call, args) :
			     targets_reply(call, &wish);
}
