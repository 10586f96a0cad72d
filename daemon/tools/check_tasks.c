/*
 * check_tasks: state, result and record of tasks, waiting for any or all.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/find/resolve.h"
#include "daemon/record/record.h"
#include "daemon/reply/form.h"
#include "daemon/reply/later.h"
#include "daemon/reply/sliced.h"
#include "daemon/reply/task_handle.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/task/control.h"
#include "daemon/task/task.h"
#include "daemon/tools/tools.h"
#include "daemon/view/call.h"
#include "daemon/view/group.h"
#include "daemon/view/json.h"
#include "daemon/view/several.h"
#include "json/schema.h"

enum detail { DETAIL_RESULT, DETAIL_STATUS, DETAIL_FULL };

struct check_args {
	char **ids;
	int64_t wait_s;
	int64_t until;  /* enum wait_until */
	int64_t detail; /* enum detail */
	int64_t result_chars;
	int64_t glance;
};

static const struct choice untils[] = {
	{ "any", WAIT_ANY },
	{ "all", WAIT_ALL },
	{ NULL, 0 },
};

static const struct choice details[] = {
	{ "status", DETAIL_STATUS },
	{ "result", DETAIL_RESULT },
	{ "full", DETAIL_FULL },
	{ NULL, 0 },
};

static const struct field fields[] = {
	STRINGS(struct check_args, ids, .max = TASKS_MAX_PER_CALL,
	    .help = "t7, g7 or labels; default: mine, running or unseen."),
	WAIT_FIELD(struct check_args, wait_s),
	CHOICE(struct check_args, until, .choices = untils, .absent = WAIT_ALL),
	CHOICE(struct check_args, detail, .choices = details,
	    .help = "full: everything, as JSON."),
	RESULT_CHARS_FIELD(struct check_args, result_chars, .hidden = true),
	BOOLEAN(struct check_args, glance, .hidden = true,
	    .help = "Nobody is told by that: unseen results stay unseen."),
	END_OF_FIELDS,
};

static struct mcp_reply check_tasks(struct mcp_call *call,
    const void *arguments);

const struct mcp_tool check_tasks_tool = {
	.name = "check_tasks",
	.description =
	    "State, exit code and result of tasks, from any "
	    "session. With wait_s it waits for all (or any) instead of polling.",
	.fields = fields,
	.size = sizeof(struct check_args),
	.flags = MCP_READ_ONLY | MCP_ALWAYS_LOAD,
	.max_result_chars = TOOL_RESULT_CHARS,
	.call = check_tasks,
};

/* The predecessor's name for it. */
static const struct field old_fields[] = {
	{ .name = "task_id",
	    .type = FIELD_STRINGS,
	    .required = true,
	    .min = 1,
	    .max = 1,
	    .offset = offsetof(struct check_args, ids) },
	RESULT_CHARS_FIELD(struct check_args, result_chars, .hidden = true),
	END_OF_FIELDS,
};

const struct mcp_tool check_task_status_tool = {
	.name = "check_task_status",
	.description = "Old name of check_tasks, for one task.",
	.fields = old_fields,
	.size = sizeof(struct check_args),
	.flags = MCP_READ_ONLY | MCP_UNLISTED,
	.call = check_tasks,
};

/* Tasks of other sessions that are named where this one has none. */
#define LEFT_MAX 10

/* The state of a call that comes again with the answers of the user. */
#define ASKED_STATE "asked"

/*
 * Whether the client can be told of the end of these instead of waiting.  A
 * handle follows the rule of its group and has the default form of this tool,
 * so nothing else may be asked for.
 */
static bool
hands_over(const struct mcp_call *call, const struct check_args *args,
    struct task *const *tasks, size_t n, struct task_handle *handle)
{
	int64_t notify = task_record(tasks[0])->from.notify;

	if (args->wait_s < HANDLE_AFTER_S || args->detail != DETAIL_RESULT ||
	    args->result_chars != RESULT_CHARS ||
	    !mcp_call_can(call, MCP_CAN_TASKS))
		return false;
	if (n > 1 &&
	    (args->until != WAIT_ALL || notify == NOTIFY_FIRST ||
		notify == NOTIFY_FAILURE))
		return false;
	return task_handle_of(tasks, n, handle);
}

/* Answers with a handle of the tasks, if that can be. */
static bool
hand_over(struct mcp_call *call, const struct check_args *args,
    struct task *const *tasks, size_t n, struct mcp_reply *reply)
{
	struct task_handle handle;
	bool handed;
	char *message;

	if (!hands_over(call, args, tasks, n, &handle))
		return false;
	handed = task_handle_is_open(&handle);
	if (handed) {
		message = task_handle_message(&handle);
		*reply = task_handle_reply(call, &handle, message);
		free(message);
	}
	task_handle_clear(&handle);
	return handed;
}

/* An answer that is made: a task at a time. */
struct checked {
	const struct check_args *args;
	struct task_list list;
	char *note;
	struct view_json_page *json;
	struct view_several *several;
};

static void
checked_free(void *arg)
{
	struct checked *checked = arg;

	view_json_page_free(checked->json);
	view_several_free(checked->several);
	task_list_clear(&checked->list);
	free(checked->note);
	free(checked);
}

static bool
render_step(void *arg)
{
	struct checked *checked = arg;

	return checked->json != NULL ? view_json_page_step(checked->json) :
				       view_several_step(checked->several);
}

static char *
with_notes(const struct check_args *args, size_t n, const char *text,
    const char *note)
{
	return xasprintf("%s%s%s", text, note,
	    args->ids == NULL && n == TASKS_MAX_PER_CALL ?
		"\n[these are the most that one answer has; list_tasks "
		"{\"mine\":true} shows all]" :
		"");
}

static struct mcp_reply
tell(struct mcp_call *call, const struct check_args *args,
    struct task *const *tasks, size_t n, const char *text)
{
	size_t i;

	if (!args->glance)
		tool_told(call, tasks, n);
	for (i = 0; args->detail != DETAIL_STATUS && !args->glance && i < n;
	     i++)
		task_mark_seen(tasks[i]);
	return mcp_reply_text(call, text);
}

static struct mcp_reply
rendered(struct mcp_call *call, void *arg)
{
	struct checked *checked = arg;
	const struct task_list *list = &checked->list;
	struct mcp_reply reply;
	size_t shown = list->n;
	char *text, *part;

	if (checked->json != NULL) {
		shown = view_json_page_shown(checked->json);
		text = view_json_page_text(checked->json,
		    &(struct view_json_rest){ 0 });
	} else {
		part = view_several_text(checked->several);
		text = with_notes(checked->args, list->n, part, checked->note);
		free(part);
	}
	reply = tell(call, checked->args, list->tasks, shown, text);
	free(text);
	checked_free(checked);
	return reply;
}

static struct mcp_reply
render(struct mcp_call *call, const struct check_args *args,
    struct task *const *tasks, size_t n, const char *note)
{
	static const struct sliced sliced = { render_step, rendered,
		checked_free };
	struct checked *checked = xcalloc(1, sizeof(*checked));
	size_t i;

	checked->args = args;
	checked->note = xstrdup(note);
	for (i = 0; i < n; i++)
		task_list_append(&checked->list, tasks[i]);
	tasks = checked->list.tasks;
	if (args->detail == DETAIL_FULL)
		checked->json = view_json_page_new(tasks, n,
		    (size_t)args->result_chars);
	else
		checked->several = view_several_new(tasks, n,
		    args->detail == DETAIL_STATUS, (size_t)args->result_chars,
		    tool_next_wait_s(call));
	return sliced_reply(call, &sliced, checked);
}

static struct mcp_reply
answer(struct mcp_call *call, const void *arguments, struct task *const *tasks,
    size_t n, const char *note)
{
	const struct check_args *args = arguments;
	struct mcp_reply reply;
	char *text, *whole;

	if (hand_over(call, args, tasks, n, &reply) ||
	    (args->wait_s > 0 &&
		form_reply(call, tasks, n, ASKED_STATE, &reply)))
		return reply;
	if (args->detail != DETAIL_STATUS ||
	    strcmp(tool_session(call)->client, "ccproc") != 0)
		return render(call, args, tasks, n, note);
	text = view_lines(tasks, n); /* the command takes them apart */
	whole = with_notes(args, n, text, note);
	reply = tell(call, args, tasks, n, whole);
	free(whole);
	free(text);
	return reply;
}

static bool
mine_and_open(const struct task *task, void *arg)
{
	const struct mcp_call *call = arg;
	const struct record *rec = task_record(task);

	return strcmp(rec->from.owner, tool_session(call)->owner) == 0 &&
	    !record_seen_before(rec, tool_since(call));
}

/*
 * Whether a session that is gone has left it in the directory of this one,
 * and nobody has seen what it came to.  A conversation that is moved or forked
 * goes on as another session, with the same tasks in mind.
 */
static bool
left_here(const struct task *task, void *arg)
{
	const struct mcp_call *call = arg;
	const struct session *session = tool_session(call);
	const struct record *rec = task_record(task);

	return session->cwd != NULL &&
	    strcmp(rec->spec.cwd, session->cwd) == 0 &&
	    strcmp(rec->from.origin, "bridge") == 0 &&
	    !session_is_here(rec->from.owner) &&
	    !record_seen_before(rec, tool_since(call));
}

static struct mcp_reply
tell_left(struct mcp_call *call, const struct task_walk *walk,
    const struct task_list *left, const void *args)
{
	struct buf out = { 0 };
	struct mcp_reply reply;
	char *lines;

	(void)walk;
	(void)args;
	buf_puts(&out, "no unfinished or unseen tasks of this session; ");
	if (left->n == 0)
		buf_puts(&out, "list_tasks scope=all shows all");
	else {
		lines = view_lines(left->tasks, left->n);
		buf_printf(&out,
		    "sessions that are gone have left in this directory:\n%s\n"
		    "next: ",
		    lines);
		call_check_all(left->tasks, left->n, NULL,
		    tool_next_wait_s(call), &out);
		buf_puts(&out, " if they are yours");
		free(lines);
	}
	reply = mcp_reply_text(call, out.data);
	buf_clear(&out);
	return reply;
}

static struct mcp_reply
nothing_to_check(struct mcp_call *call)
{
	const struct task_walk walk = { .max = LEFT_MAX,
		.scan = HISTORY_MAX_SCAN,
		.live_first = true,
		.match = left_here,
		.arg = call };

	return sliced_find(call, &walk, tell_left, NULL);
}

static struct mcp_reply
check(struct mcp_call *call, const struct task_walk *walk,
    const struct task_list *list, const void *arguments)
{
	const struct check_args *args = arguments;
	struct later_spec then = {
		.until = (enum wait_until)args->until,
		.wait_s = args->wait_s,
		.until_asked = true,
		.answer = answer,
		.args = args,
	};
	size_t i;
	struct task_handle handle;
	bool asked = false; /* the user has put a question aside */

	if (walk->failed)
		return tool_failure(call, &walk->err);
	if (list->n == 0)
		return nothing_to_check(call);
	if (mcp_call_state(call) != NULL)
		asked = !form_take(tool_session(call), list->tasks, list->n,
		    mcp_call_answers(call));
	if (args->wait_s == 0 || asked)
		return answer(call, args, list->tasks, list->n, "");
	for (i = 0; i < list->n; i++)
		task_release(list->tasks[i]);
	if (hands_over(call, args, list->tasks, list->n, &handle)) {
		then.wait_s = HANDLE_AFTER_S;
		task_handle_clear(&handle);
	}
	return later_wait(call, list->tasks, list->n, &then);
}

static struct mcp_reply
check_tasks(struct mcp_call *call, const void *arguments)
{
	const struct check_args *args = arguments;
	struct task_walk walk = { .max = TASKS_MAX_PER_CALL,
		.scan = HISTORY_MAX_SCAN,
		.live_first = true,
		.match = mine_and_open,
		.arg = call };

	if (args->ids != NULL && args->ids[0] != NULL)
		walk.ids = args->ids;
	return sliced_find(call, &walk, check, args);
}
