/* Tools that take a while, and answer with a task if the client can do that. */
#include <stdlib.h>

#include "common/mem.h"
#include "json/schema.h"
#include "tests/conformance/fixtures.h"
#include "tests/conformance/jobs.h"

#define STEP_S 0.05

static void
log_step(struct job *job)
{
	static const char *const lines[] = { "Tool processing data",
		"Tool execution completed" };

	mcp_call_log(job->call, MCP_INFO, lines[job->steps]);
	if (++job->steps == 2)
		job_ends(job, "done", false);
	else
		job_again(job, STEP_S);
}

static struct mcp_reply
with_logging(struct mcp_call *call, const void *args)
{
	(void)args;
	mcp_call_log(call, MCP_INFO, "Tool execution started");
	return job_as_call(call, log_step, STEP_S, NULL);
}

static void
progress_step(struct job *job)
{
	job->steps++;
	mcp_call_progress_of(job->call, 50 * job->steps, 100, "going on");
	if (job->steps == 2)
		job_ends(job, "progress done", false);
	else
		job_again(job, STEP_S);
}

static struct mcp_reply
with_progress(struct mcp_call *call, const void *args)
{
	(void)args;
	mcp_call_progress_of(call, 0, 100, "begins");
	return job_as_call(call, progress_step, STEP_S, NULL);
}

struct name_args {
	char *name;
};

static const struct field name_fields[] = {
	STRING(struct name_args, name),
	END_OF_FIELDS,
};

static struct mcp_reply
greet(struct mcp_call *call, const void *arguments)
{
	const struct name_args *args = arguments;
	struct mcp_reply reply;
	char *text;

	text = xasprintf("Hello, %s!", args->name == NULL ? "" : args->name);
	reply = mcp_reply_text(call, text);
	free(text);
	return reply;
}

/* As a task, if the client can do that. */
static struct mcp_reply
either(struct mcp_call *call, void (*step)(struct job *), double delay_s,
    const char *text)
{
	if (mcp_call_can(call, MCP_CAN_TASKS))
		return job_as_task(call, step, delay_s, text);
	return job_as_call(call, step, delay_s, text);
}

static void
say(struct job *job)
{
	job_ends(job, job->text, false);
}

static void
say_failure(struct job *job)
{
	job_ends(job, job->text, true);
}

static void
say_error(struct job *job)
{
	job_fails(job, job->text);
}

struct slow_args {
	double seconds;
	char *label;
};

static const struct field slow_fields[] = {
	NUMBER(struct slow_args, seconds, .max = 3600),
	STRING(struct slow_args, label),
	END_OF_FIELDS,
};

static struct mcp_reply
slow_compute(struct mcp_call *call, const void *arguments)
{
	const struct slow_args *args = arguments;
	struct mcp_reply reply;
	char *text;

	text = xasprintf("computed %s", args->label == NULL ? "" : args->label);
	reply = either(call, say, args->seconds, text);
	free(text);
	return reply;
}

static struct mcp_reply
failing_job(struct mcp_call *call, const void *args)
{
	(void)args;
	if (!mcp_call_can(call, MCP_CAN_TASKS))
		return mcp_reply_lacks(call, MCP_CAN_TASKS);
	return job_as_task(call, say_failure, 1, "job failed");
}

static struct mcp_reply
protocol_error_job(struct mcp_call *call, const void *args)
{
	(void)args;
	return either(call, say_error, 0.1, "boom");
}

static const struct mcp_ask confirm = { .key = "confirm",
	.message = "Delete it?",
	.schema = BOOLEAN_FORM("confirm") };

static void
delete_step(struct job *job)
{
	char *text;

	if (job->steps++ == 0) {
		job_asks(job, &confirm, 1);
		return;
	}
	text = xasprintf("delete %s: %s", job->text, job->action);
	job_ends(job, text, false);
	free(text);
}

struct file_args {
	char *filename;
};

static const struct field file_fields[] = {
	STRING(struct file_args, filename),
	END_OF_FIELDS,
};

static struct mcp_reply
confirm_delete(struct mcp_call *call, const void *arguments)
{
	const struct file_args *args = arguments;
	const char *name = args->filename == NULL ? "" : args->filename;
	struct mcp_reply reply;

	if (mcp_call_can(call, MCP_CAN_TASKS))
		return job_as_task(call, delete_step, 0, name);
	if (!fixture_answered(call, &confirm, 1, NULL, &reply))
		return reply;
	return mcp_reply_text(call, "asked in the call");
}

static const struct mcp_ask two[] = {
	{ .key = "a", .message = "a", .schema = STRING_FORM("name") },
	{ .key = "b", .message = "b", .schema = STRING_FORM("name") },
};

static void
two_step(struct job *job)
{
	if (job->steps++ == 0)
		job_asks(job, two, 2);
	else
		job_ends(job, "a,b", false);
}

static struct mcp_reply
multi_input(struct mcp_call *call, const void *args)
{
	struct mcp_reply reply;

	(void)args;
	if (mcp_call_can(call, MCP_CAN_TASKS))
		return job_as_task(call, two_step, 0, NULL);
	if (!fixture_answered(call, two, 2, NULL, &reply))
		return reply;
	return mcp_reply_text(call, "a,b");
}

/* Asks first, then makes a task. */
static struct mcp_reply
tool_with_task(struct mcp_call *call, const void *args)
{
	static const struct mcp_ask ask = { .key = "user_name",
		.message = "What is your name?",
		.schema = STRING_FORM("name") };
	struct mcp_reply reply;
	char *text;

	(void)args;
	if (!mcp_call_can(call, MCP_CAN_TASKS))
		return mcp_reply_lacks(call, MCP_CAN_TASKS);
	if (!fixture_answered(call, &ask, 1, NULL, &reply))
		return reply;
	text = xasprintf("task for %s", fixture_filled(call, ask.key, "name"));
	reply = job_as_task(call, say, 0.1, text);
	free(text);
	return reply;
}

/* clang-format off */
#define SIMPLE(n, text, fn) \
	&(const struct mcp_tool){ .name = n, .description = text, \
	    .schema = "{\"type\":\"object\",\"properties\":{}}", .call = fn }
#define FIELDS(n, text, type, table, fn) \
	&(const struct mcp_tool){ .name = n, .description = text, \
	    .fields = table, .size = sizeof(struct type), .call = fn }

const struct mcp_tool *const job_tools[] = {
	SIMPLE("test_tool_with_logging", "Logs.", with_logging),
	SIMPLE("test_tool_with_progress", "Tells of progress.", with_progress),
	FIELDS("greet", "Greets at once.", name_args, name_fields, greet),
	FIELDS("slow_compute", "Takes seconds.", slow_args, slow_fields,
	    slow_compute),
	SIMPLE("failing_job", "A task that fails.", failing_job),
	SIMPLE("protocol_error_job", "An error.", protocol_error_job),
	FIELDS("confirm_delete", "Asks.", file_args, file_fields,
	    confirm_delete),
	SIMPLE("multi_input", "Asks twice.", multi_input),
	SIMPLE("test_tool_with_task", "Asks, then works.", tool_with_task),
	NULL,
};
