/*
 * run_task: start one task and wait for its result, bounded.
 */
#include <stddef.h>

#include "common/limits.h"
#include "daemon/record/spec.h"
#include "daemon/reply/await.h"
#include "daemon/reply/start.h"
#include "daemon/reply/tool.h"
#include "daemon/tools/tools.h"

struct run_args {
	struct task_spec spec;
	struct await_wish wish;
};

static const struct field fields[] = {
	EMBED(struct run_args, spec, struct task_spec,
	    .fields = task_spec_fields),
	EMBED(struct run_args, wish, struct await_wish,
	    .fields = await_wish_fields),
	END_OF_FIELDS,
};

static void check(const void *arguments, struct error *problems);
static struct mcp_reply run_task(struct mcp_call *call, const void *arguments);

const struct mcp_tool run_task_tool = {
	.name = "run_task",
	.description =
	    "Run one shell command or Claude agent that outlives "
	    "this session. Waits up to wait_s for the result; what takes "
	    "longer runs on.",
	.fields = fields,
	.size = sizeof(struct run_args),
	.flags = MCP_ALWAYS_LOAD,
	.max_result_chars = TOOL_RESULT_CHARS,
	.check = check,
	.call = run_task,
};

/*
 * The predecessor's names for it: the same struct by other keys.  Only an
 * explicit skip_permissions bypasses permissions.
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
	    WAIT_FIELD(struct run_args, wish.wait_s, .hidden = true, \
		.absent = (wait)), \
	    RESULT_CHARS_FIELD(struct run_args, wish.result_chars, \
		.hidden = true), \
	    END_OF_FIELDS

static const struct field execute_fields[] = { OLD_FIELDS(CALL_WAIT_S) };
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

static struct mcp_reply
answer(struct mcp_call *call, const void *arguments, struct task *const *tasks,
    size_t n, const char *note)
{
	const struct run_args *args = arguments;

	(void)n;
	return await_reply(call, &args->wish, tasks[0], 1, note);
}

static void
check(const void *arguments, struct error *problems)
{
	const struct run_args *args = arguments;

	task_spec_check(&args->spec, "", problems);
}

static struct mcp_reply
run_task(struct mcp_call *call, const void *arguments)
{
	const struct run_args *args = arguments;
	const struct task_spec *spec = &args->spec;
	const struct task_group alone = {
		.result_chars = await_chars(&args->wish)
	};
	struct later_spec then = await_spec(call, &args->wish, answer, args);
	struct mcp_reply reply;

	then.turn = 1;
	if (await_again(call, &then, &reply))
		return reply;
	return start_specs(call, &spec, 1, false, &alone, &then);
}
