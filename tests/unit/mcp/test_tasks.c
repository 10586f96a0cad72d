/*
 * The tasks extension: tools that answer with a task, and tasks/get and the
 * like.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "json/json.h"
#include "mcp/tasks.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

#define HEAD "{\"jsonrpc\":\"2.0\","
#define IO "io.modelcontextprotocol/"
#define ABLE MODERN_META_OF(TASKS_ABILITY)
#define ABLE_FORM MODERN_META_OF(TASKS_ABILITY ",\"elicitation\":{}")

static struct mcp_task task;
static char *updated;
static int cancels;
static int watches;
static void (*changed)(void *arg);
static void *changed_arg;

static const struct mcp_content content = { .type = MCP_TEXT, .text = "r" };
static const struct mcp_result result = { .content = &content,
	.n = 1,
	.is_error = true };
static const struct mcp_ask asks[] = {
	{ .key = "ok",
	    .message = "Sure?",
	    .schema = "{\"type\":\"object\",\"properties\":{}}" },
	{ .key = "roots", .kind = MCP_ASK_ROOTS },
};

static bool
known(const char *id)
{
	return strcmp(id, task.id) == 0;
}

static void
get(void *user, const char *id, struct mcp_task_out *out)
{
	ck_assert_ptr_nonnull(user);
	if (known(id))
		mcp_task_is(out, &task);
}

static bool
update(void *user, const char *id, struct json_object *answers)
{
	ck_assert_ptr_nonnull(user);
	if (!known(id))
		return false;
	free(updated);
	updated = xstrdup(json_text(answers, NULL));
	return true;
}

static bool
cancel(void *user, const char *id)
{
	ck_assert_ptr_nonnull(user);
	cancels += known(id);
	return known(id);
}

static void *
watch(void *user, const char *id, void (*fn)(void *), void *arg)
{
	ck_assert_ptr_nonnull(user);
	if (!known(id))
		return NULL;
	watches++;
	changed = fn;
	changed_arg = arg;
	return &watches;
}

static void
unwatch(void *arg)
{
	ck_assert_ptr_eq(arg, &watches);
	watches--;
}

static const struct mcp_tasks tasks = {
	.get = get,
	.update = update,
	.cancel = cancel,
	.watch = watch,
	.unwatch = unwatch,
};

static struct mcp_reply
start(struct mcp_call *call, const void *args)
{
	(void)args;
	return mcp_reply_task(call, &task);
}

static const struct mcp_tool start_tool = {
	.name = "start",
	.description = "Starts.",
	.schema = "{\"type\":\"object\"}",
	.call = start,
};

static const struct mcp_tool *const tools[] = { &start_tool, NULL };

static const struct mcp_info info = {
	.name = "test",
	.title = "A test",
	.version = "1.2",
	.tools = tools,
	.tasks = &tasks,
};

static void
setup(void)
{
	mcppeer_open_with(&info);
	task = (struct mcp_task){ .id = "t1-x",
		.created_ms = 1000,
		.updated_ms = 2000,
		.result = &result,
		.asks = asks,
		.nasks = 2 };
}

static void
teardown(void)
{
	mcppeer_close();
	ck_assert_int_eq(watches, 0);
	free(updated);
	updated = NULL;
}

static void
request(const char *method, const char *params)
{
	char *line = xasprintf(HEAD
	    "\"id\":1,\"method\":\"%s\",\"params\":{%s}}",
	    method, params);

	mcppeer_line(line);
	free(line);
}

#define LACKING \
	HEAD "\"id\":1,\"error\":{\"code\":-32021,\"message\":" \
	     "\"Missing required client capability\",\"data\":{" \
	     "\"requiredCapabilities\":{\"extensions\":{\"" IO \
	     "tasks\":{}}}}}}"
#define TIMES \
	"\"createdAt\":\"1970-01-01T00:00:01.000Z\"," \
	"\"lastUpdatedAt\":\"1970-01-01T00:00:02.000Z\","

START_TEST(offered)
{
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"server/discover\","
				   "\"params\":{" MODERN_META "}}",
	    "\"capabilities\":{\"tools\":{},\"extensions\":{\"" IO
	    "tasks\":{}}},");
	mcppeer_line(HEAD "\"id\":1,\"method\":\"initialize\",\"params\":{"
			  "\"protocolVersion\":\"2025-11-25\"}}");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"capabilities\":{\"tools\":{}}"));
	request("tasks/get", "\"taskId\":\"t1-x\"");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32601"));
}
END_TEST

START_TEST(made_by_a_tool)
{
	request("tools/call", "\"name\":\"start\"," ABLE);
	mcppeer_expect(HEAD "\"id\":1,\"result\":{\"taskId\":\"t1-x\","
			    "\"status\":\"working\"," TIMES
			    "\"ttlMs\":null,\"resultType\":\"task\",\"_meta\":{"
			    "\"" IO "serverInfo\":{\"name\":\"test\","
			    "\"title\":\"A test\",\"version\":\"1.2\"}}}}");
	task.message = "going on";
	task.ttl_ms = 60000;
	task.poll_ms = 500;
	request("tools/call", "\"name\":\"start\"," ABLE);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"status\":\"working\",\"statusMessage\":\"going on\"," TIMES
	    "\"ttlMs\":60000,\"pollIntervalMs\":500,"
	    "\"resultType\":\"task\""));
	task.note = "t1 goes on";
	request("tools/call", "\"name\":\"start\"," ABLE);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"_meta\":{\"com.anthropic/agent-task\":{"
	    "\"modelImmediateResponse\":\"t1 goes on\"},"));
	request("tools/call", "\"name\":\"start\"," MODERN_META);
	mcppeer_expect(LACKING);
}
END_TEST

#define HOW(status, rest) \
	HEAD "\"id\":1,\"result\":{\"taskId\":\"t1-x\",\"status\":\"" status \
	     "\"," TIMES "\"ttlMs\":null," rest MODERN_END

static void
expect_get(const char *meta, const char *line)
{
	char *params = xasprintf("\"taskId\":\"t1-x\",%s", meta);

	request("tasks/get", params);
	mcppeer_expect(line);
	free(params);
}

START_TEST(how_it_is)
{
	expect_get(ABLE, HOW("working", ""));
	task.status = MCP_TASK_COMPLETED;
	expect_get(ABLE,
	    HOW("completed",
		"\"result\":{\"content\":[{\"type\":\"text\",\"text\":\"r\"}],"
		"\"isError\":true,\"resultType\":\"complete\"},"));
	task.status = MCP_TASK_CANCELLED;
	expect_get(ABLE, HOW("cancelled", ""));
	task.status = MCP_TASK_FAILED;
	expect_get(ABLE,
	    HOW("failed",
		"\"error\":{\"code\":-32603,\"message\":"
		"\"failed\"},"));
	task.error = "e";
	task.error_code = MCP_INVALID_PARAMS;
	expect_get(ABLE,
	    HOW("failed", "\"error\":{\"code\":-32602,\"message\":\"e\"},"));
}
END_TEST

/* A client gets only the asks that it can answer. */
START_TEST(what_it_asks)
{
	task.status = MCP_TASK_INPUT_REQUIRED;
	expect_get(ABLE_FORM,
	    HOW("input_required",
		"\"inputRequests\":{\"ok\":{\"method\":\"elicitation/create\","
		"\"params\":{\"mode\":\"form\",\"message\":\"Sure?\","
		"\"requestedSchema\":{\"type\":\"object\","
		"\"properties\":{}}}}},"));
	expect_get(ABLE, HOW("working", ""));
}
END_TEST

START_TEST(updated_and_cancelled)
{
	request("tasks/update",
	    "\"taskId\":\"t1-x\",\"inputResponses\":{\"ok\":{\"action\":"
	    "\"accept\"}}," ABLE);
	mcppeer_expect(HEAD "\"id\":1,\"result\":{" MODERN_END);
	ck_assert_str_eq(updated, "{\"ok\":{\"action\":\"accept\"}}");
	request("tasks/update", "\"taskId\":\"t1-x\"," ABLE);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"code\":-32602,\"message\":\"inputResponses: expected"));
	request("tasks/cancel", "\"taskId\":\"t1-x\"," ABLE);
	mcppeer_expect(HEAD "\"id\":1,\"result\":{" MODERN_END);
	ck_assert_int_eq(cancels, 1);
}
END_TEST

START_TEST(unknown)
{
	static const char *const methods[] = { "tasks/get", "tasks/update",
		"tasks/cancel", NULL };
	char *large = xcalloc(1, 1000);
	size_t i;

	strcpy(large, "\"taskId\":\"");
	memset(large + 10, 't', 300);
	strcpy(large + 310, "\",\"inputResponses\":{}," ABLE);
	for (i = 0; methods[i] != NULL; i++) {
		request(methods[i],
		    "\"taskId\":\"t2-x\",\"inputResponses\":{}," ABLE);
		mcppeer_expect(HEAD "\"id\":1,\"error\":{\"code\":-32602,"
				    "\"message\":\"unknown task 't2-x'\"}}");
		request(methods[i], large);
		ck_assert_ptr_nonnull(strstr(mcppeer_next(),
		    "\"code\":-32602,\"message\":\"unknown task 'tttttttt"));
		request(methods[i], ABLE);
		ck_assert_ptr_nonnull(strstr(mcppeer_next(),
		    "\"code\":-32602,\"message\":\"taskId: expected"));
		request(methods[i],
		    "\"taskId\":\"t1-x\",\"inputResponses\":{}," MODERN_META);
		mcppeer_expect(LACKING);
	}
	ck_assert_ptr_null(updated);
	ck_assert_int_eq(cancels, 0);
	free(large);
}
END_TEST

START_TEST(gone_methods)
{
	request("tasks/list", ABLE);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32601"));
	request("tasks/result", "\"taskId\":\"t1-x\"," ABLE);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32601"));
}
END_TEST

#define LISTEN(meta) "\"notifications\":{\"taskIds\":[\"t2-x\",\"t1-x\"]}," meta
#define MARK "\"_meta\":{\"" IO "subscriptionId\":1}"

START_TEST(pushed)
{
	request("subscriptions/listen", LISTEN(MODERN_META));
	mcppeer_expect(LACKING);
	request("subscriptions/listen", LISTEN(ABLE));
	mcppeer_expect(HEAD "\"method\":"
			    "\"notifications/subscriptions/acknowledged\","
			    "\"params\":{" MARK ",\"notifications\":{"
			    "\"taskIds\":[\"t1-x\"]}}}");
	changed(changed_arg);
	mcppeer_expect(HEAD "\"method\":\"notifications/tasks\",\"params\":{"
			    "\"taskId\":\"t1-x\",\"status\":\"working\"," TIMES
			    "\"ttlMs\":null," MARK "}}");
	mcp_peer_slow(mcppeer(), true);
	changed(changed_arg);
	task.status = MCP_TASK_COMPLETED;
	changed(changed_arg);
	mcppeer_expect_nothing();
	mcp_peer_slow(mcppeer(), false);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"status\":\"completed\""));
	mcppeer_expect_nothing();
	task.id = "gone";
	changed(changed_arg);
	mcppeer_expect_nothing();
	mcppeer_line(HEAD "\"method\":\"notifications/cancelled\","
			  "\"params\":{\"requestId\":1}}");
	ck_assert_int_eq(watches, 0);
}
END_TEST

UNIT_SUITE
{
	unit_suite("tasks", setup, teardown, offered, made_by_a_tool, how_it_is,
	    what_it_asks, updated_and_cancelled, unknown, gone_methods, pushed,
	    NULL);
}
