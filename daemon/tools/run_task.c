/*
 * run_task: start one task and wait for its result, bounded.
 */
#include <stddef.h>
#include <stdlib.h>

#include "common/limits.h"
#include "common/mem.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/render.h"
#include "daemon/tasks/task.h"
#include "daemon/tools/asking.h"
#include "daemon/tools/handle.h"
#include "daemon/tools/pending.h"
#include "daemon/tools/start.h"
#include "daemon/tools/tools.h"

struct run_args {
	struct task_spec spec;
	int64_t wait_s;
	int64_t result_chars;
};

static const struct field fields[] = { EMBED(struct run_args, spec,
					   struct task_spec,
					   .fields = task_spec_fields),
	INTEGER(struct run_args, wait_s, .min = 0, .max = 3600, .absent = 45,
	    .help = "Seconds to wait for the result."),
	INTEGER(struct run_args, result_chars, .min = 200, .max = 45000,
	    .absent = RESULT_CHARS),
	END_OF_FIELDS };

/* Who waits as long as that may be told of the end instead. */
static bool
hands_over(const struct mcp_call *call, const struct run_args *args)
{
	return args->wait_s >= HANDLE_AFTER_S &&
	    mcp_call_can(call, MCP_CAN_TASKS);
}

static struct mcp_reply
hand_over(struct mcp_call *call, struct task *task)
{
	struct mcp_reply reply;
	struct handle handle;
	char *message;

	handle_of(&task, 1, &handle);
	message = handle_message(&handle);
	reply = handle_reply(call, &handle, message);
	free(message);
	handle_clear(&handle);
	return reply;
}

/* The same where the client can put the questions of a task to its user. */
static bool
ask(struct mcp_call *call, struct task *task, int64_t wait_s,
    struct mcp_reply *reply)
{
	struct handle handle;
	bool asked;

	if (wait_s == 0 || !handle_of(&task, 1, &handle))
		return false;
	asked = asking_reply(call, &task, 1, handle.id, reply);
	handle_clear(&handle);
	return asked;
}

static struct mcp_reply
answer(struct mcp_call *call, const void *arguments, struct task *const *tasks,
    size_t n, const char *note)
{
	const struct run_args *args = arguments;
	const struct record *rec = task_record(tasks[0]);
	struct mcp_reply reply;
	char *text, *whole;

	if (!record_ended(rec) && hands_over(call, args))
		return hand_over(call, tasks[0]);
	if (ask(call, tasks[0], args->wait_s, &reply))
		return reply;
	text = render_tasks(tasks, n, false, (size_t)args->result_chars,
	    tool_next_wait_s(call));
	whole = xasprintf("%s%s", text, note);
	tool_told(call, tasks, n);
	task_mark_seen(tasks[0]);
	if (record_failed(rec))
		reply = mcp_reply_failure(call, whole);
	else
		reply = mcp_reply_text(call, whole);
	free(whole);
	free(text);
	return reply;
}

/* Also when nobody waits, an answer tells whether the program began. */
#define START_S 10

static void
check(const void *arguments, struct error *problems)
{
	const struct run_args *args = arguments;

	task_spec_check(&args->spec, "", problems);
}

/* The call has come again, with the user's answers to what its task asked. */
static struct mcp_reply
go_on(struct mcp_call *call, const struct run_args *args,
    const struct pending_spec *then)
{
	struct mcp_reply reply;
	struct handle handle;

	if (!handle_find(mcp_call_state(call), &handle) || handle.list.n == 0)
		reply = mcp_reply_failure(call,
		    "the task was cleaned up meanwhile");
	else if (asking_take(handle.list.tasks, 1, mcp_call_answers(call)))
		reply = pending_wait(call, handle.list.tasks, 1, then);
	else
		reply = answer(call, args, handle.list.tasks, 1, "");
	handle_clear(&handle);
	return reply;
}

static struct mcp_reply
run_task(struct mcp_call *call, const void *arguments)
{
	const struct run_args *args = arguments;
	const struct task_spec *spec = &args->spec;
	const struct task_group alone = { .result_chars = args->result_chars ==
			RESULT_CHARS ?
		    0 :
		    args->result_chars };
	const struct pending_spec then = {
		.until = args->wait_s == 0 ? WAIT_STARTED : WAIT_ALL,
		.wait_s = args->wait_s == 0 ? START_S :
		    hands_over(call, args)  ? HANDLE_AFTER_S :
					      args->wait_s,
		.until_asked = args->wait_s > 0,
		.answer = answer,
		.args = args,
	};

	if (mcp_call_state(call) != NULL)
		return go_on(call, args, &then);
	return start_specs(call, &spec, 1, false, &alone, &then);
}

const struct mcp_tool run_task_tool = {
	.name = "run_task",
	.description =
	    "Run one shell command or Claude agent that outlives "
	    "this session. Waits up to wait_s for the result; if it takes "
	    "longer it runs on, and the answer names the next call.",
	.fields = fields,
	.size = sizeof(struct run_args),
	.flags = MCP_ALWAYS_LOAD,
	.max_result_chars = TOOL_RESULT_CHARS,
	.check = check,
	.call = run_task,
};

/*
 * The predecessor's names for it: the same struct by other keys.  An
 * explicit skip_permissions bypasses; its absence never does so silently.
 */
#define OLD_FIELDS(wait) \
	{ .name = "prompt", \
		.type = FIELD_STRING, \
		.required = true, \
		.min = 1, \
		.offset = offsetof(struct run_args, spec.prompt) }, \
	    { .name = "working_dir", \
		    .type = FIELD_STRING, \
		    .min = 1, \
		    .offset = offsetof(struct run_args, spec.cwd) }, \
	    { .name = "model", \
		    .type = FIELD_STRING, \
		    .min = 1, \
		    .offset = offsetof(struct run_args, spec.model) }, \
	    { .name = "timeout", \
		    .type = FIELD_INTEGER, \
		    .min = 1, \
		    .max = 604800, \
		    .offset = offsetof(struct run_args, spec.timeout_s) }, \
	    { .name = "skip_permissions", \
		    .type = FIELD_BOOLEAN, \
		    .max = PERMISSION_BYPASS, \
		    .offset = offsetof(struct run_args, \
			spec.permission_mode) }, \
	    INTEGER(struct run_args, wait_s, .hidden = true, .max = 3600, \
		.absent = (wait)), \
	    INTEGER(struct run_args, result_chars, .hidden = true, .min = 200, \
		.max = 45000, .absent = RESULT_CHARS), \
	    END_OF_FIELDS

static const struct field execute_fields[] = { OLD_FIELDS(45) };
static const struct field async_fields[] = { OLD_FIELDS(0) };

const struct mcp_tool execute_cc_task_tool = {
	.name = "execute_cc_task",
	.description = "Old name of run_task.",
	.fields = execute_fields,
	.size = sizeof(struct run_args),
	.flags = MCP_UNLISTED,
	.check = check,
	.call = run_task,
};

const struct mcp_tool start_cc_task_async_tool = {
	.name = "start_cc_task_async",
	.description = "Old name of start_tasks, for one agent.",
	.fields = async_fields,
	.size = sizeof(struct run_args),
	.flags = MCP_UNLISTED,
	.check = check,
	.call = run_task,
};
