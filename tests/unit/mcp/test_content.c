/*
 * Results of every kind, for clients of every version, and answers that are no
 * results.
 */
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"
#include "mcp/content.h"
#include "mcp/mcp.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

#define HEAD "{\"jsonrpc\":\"2.0\","
#define AUDIO \
	"{\"type\":\"audio\",\"data\":\"AQL/\",\"mimeType\":\"audio/wav\"}"
#define LINK \
	"{\"type\":\"resource_link\",\"uri\":\"x://a\",\"name\":\"a\"," \
	"\"title\":\"A\",\"description\":\"An a.\"," \
	"\"mimeType\":\"text/plain\"}"

static const unsigned char bytes[] = { 1, 2, 0xff };

static const struct mcp_content blocks[] = {
	{ .type = MCP_TEXT, .text = "a \xff" },
	{ .type = MCP_TEXT },
	{ .type = MCP_IMAGE, .data = bytes, .len = 3, .mime = "image/png" },
	{ .type = MCP_AUDIO, .data = bytes, .len = 3, .mime = "audio/wav" },
	{ .type = MCP_EMBEDDED, .uri = "x://t", .text = "t" },
	{ .type = MCP_EMBEDDED,
	    .uri = "x://b",
	    .data = bytes,
	    .len = 3,
	    .mime = "a/b" },
	{ .type = MCP_EMBEDDED, .uri = "x://e" },
	{ .type = MCP_LINK,
	    .uri = "x://a",
	    .name = "a",
	    .title = "A",
	    .description = "An a.",
	    .mime = "text/plain" },
	{ .type = MCP_LINK, .uri = "x://c", .name = "c" },
};

static struct mcp_reply
all(struct mcp_call *call, const void *args)
{
	struct json_object *object = json_object_new_object();
	const struct mcp_result result = { .content = blocks,
		.n = sizeof(blocks) / sizeof(blocks[0]),
		.structured = object,
		.is_error = true };
	struct mcp_reply reply;

	ck_assert_ptr_null(args);
	json_add_int(object, "n", 7);
	reply = mcp_reply_result(call, &result);
	json_object_put(object);
	return reply;
}

static struct mcp_reply
nothing(struct mcp_call *call, const void *args)
{
	const struct mcp_result result = { 0 };

	(void)args;
	return mcp_reply_result(call, &result);
}

static struct mcp_reply
echo(struct mcp_call *call, const void *args)
{
	(void)args;
	return mcp_reply_text(call, json_text(mcp_call_arguments(call), NULL));
}

static struct mcp_reply
error(struct mcp_call *call, const void *args)
{
	(void)args;
	return mcp_reply_error(call, MCP_INTERNAL_ERROR, "%d is \xff", 7);
}

static struct mcp_reply
needy(struct mcp_call *call, const void *args)
{
	(void)args;
	return mcp_reply_lacks(call,
	    MCP_CAN_FORM | MCP_CAN_SAMPLE | MCP_CAN_TASKS);
}

static struct mcp_reply
huge(struct mcp_call *call, const void *args)
{
	char *text = xcalloc(1, LINE_MAX_BYTES);
	struct mcp_reply reply;

	(void)args;
	memset(text, 'x', LINE_MAX_BYTES - 1);
	reply = mcp_reply_text(call, text);
	free(text);
	return reply;
}

static struct mcp_reply
noisy(struct mcp_call *call, const void *args)
{
	(void)args;
	mcp_call_log(call, MCP_DEBUG, "debug");
	mcp_call_log(call, MCP_INFO, "info");
	mcp_call_log(call, MCP_EMERGENCY, "emergency");
	mcp_call_progress_of(call, 0, 10, "none");
	mcp_call_progress_of(call, 2.5, 10, "a quarter");
	mcp_call_progress_of(call, 2.5, 10, "again");
	mcp_call_progress_of(call, 1, 10, "back");
	mcp_call_progress(call, NULL);
	return mcp_reply_text(call, "");
}

#define OBJECT "{\"type\":\"object\"}"

static const struct mcp_tool all_tool = { .name = "all",
	.title = "All",
	.description = "Every block.",
	.schema = "{\"type\":\"object\",\"$comment\":\"x\"}",
	.output_schema = OBJECT,
	.call = all };
static const struct mcp_tool nothing_tool = { .name = "nothing",
	.schema = OBJECT,
	.call = nothing };
static const struct mcp_tool echo_tool = { .name = "echo",
	.schema = OBJECT,
	.call = echo };
static const struct mcp_tool error_tool = { .name = "error",
	.schema = OBJECT,
	.call = error };
static const struct mcp_tool needy_tool = { .name = "needy",
	.schema = OBJECT,
	.call = needy };
static const struct mcp_tool huge_tool = { .name = "huge",
	.schema = OBJECT,
	.call = huge };
static const struct mcp_tool noisy_tool = { .name = "noisy",
	.schema = OBJECT,
	.call = noisy };

static const struct mcp_tool *const tools[] = { &all_tool, &nothing_tool,
	&echo_tool, &error_tool, &needy_tool, &huge_tool, &noisy_tool, NULL };

static const struct mcp_info info = {
	.name = "test",
	.title = "A test",
	.version = "1.2",
	.tools = tools,
	.logs = true,
};

static void
setup(void)
{
	mcppeer_open_with(&info);
}

static void
call(const char *name, const char *rest)
{
	char *line = xasprintf(HEAD "\"id\":1,\"method\":\"tools/call\","
				    "\"params\":{\"name\":\"%s\"%s}}",
	    name, rest);

	mcppeer_line(line);
	free(line);
}

/* The answer of "all", without the blocks that differ between versions. */
static void
expect_all(const char *audio, const char *a, const char *c, const char *end)
{
	char *line = xasprintf(HEAD
	    "\"id\":1,\"result\":{\"content\":["
	    "{\"type\":\"text\",\"text\":\"a \xef\xbf\xbd\"},"
	    "{\"type\":\"text\",\"text\":\"\"},"
	    "{\"type\":\"image\",\"data\":\"AQL/\","
	    "\"mimeType\":\"image/png\"},%s,"
	    "{\"type\":\"resource\",\"resource\":{\"uri\":\"x://t\","
	    "\"text\":\"t\"}},"
	    "{\"type\":\"resource\",\"resource\":{\"uri\":\"x://b\","
	    "\"mimeType\":\"a/b\",\"blob\":\"AQL/\"}},"
	    "{\"type\":\"resource\",\"resource\":{\"uri\":\"x://e\","
	    "\"blob\":\"\"}},"
	    "%s,%s],\"structuredContent\":{\"n\":7},\"isError\":true%s",
	    audio, a, c, end);

	mcppeer_expect(line);
	free(line);
}

#define LINK_C "{\"type\":\"resource_link\",\"uri\":\"x://c\",\"name\":\"c\"}"
#define TEXT(s) "{\"type\":\"text\",\"text\":\"" s "\"}"

START_TEST(blocks_of_every_kind)
{
	call("all", "," MODERN_META);
	expect_all(AUDIO, LINK, LINK_C, "," MODERN_END);
	mcppeer_initialize_as("2025-11-25", "{}");
	call("all", "");
	expect_all(AUDIO, LINK, LINK_C, "}}");
	mcppeer_initialize_as("2025-06-18", "{}");
	call("all", "");
	expect_all(AUDIO, LINK, LINK_C, "}}");
}
END_TEST

START_TEST(old_clients_get_texts)
{
	mcppeer_initialize_as("2025-03-26", "{}");
	call("all", "");
	expect_all(AUDIO, TEXT("[resource a: x://a]"),
	    TEXT("[resource c: x://c]"), "}}");
	mcppeer_initialize_as("2024-11-05", "{}");
	call("all", "");
	expect_all(TEXT("[audio, audio/wav, 3 bytes]"),
	    TEXT("[resource a: x://a]"), TEXT("[resource c: x://c]"), "}}");
}
END_TEST

START_TEST(results_of_nothing)
{
	mcppeer_initialize();
	call("nothing", "");
	mcppeer_expect(HEAD "\"id\":1,\"result\":{\"content\":[]}}");
}
END_TEST

START_TEST(schemas_by_hand)
{
	mcppeer_initialize();
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"tools/list\"}",
	    "{\"name\":\"all\",\"title\":\"All\",\"description\":"
	    "\"Every block.\",\"inputSchema\":{\"type\":\"object\","
	    "\"$comment\":\"x\"},\"outputSchema\":{\"type\":\"object\"}}");
	call("echo", ",\"arguments\":{\"any\":[1,\"x\"]}");
	mcppeer_expect(HEAD "\"id\":1,\"result\":{\"content\":[" TEXT(
	    "{\\\"any\\\":[1,\\\"x\\\"]}") "]}}");
	call("echo", "");
	mcppeer_expect(HEAD
	    "\"id\":1,\"result\":{\"content\":[" TEXT("{}") "]}}");
	call("echo", ",\"arguments\":[]");
	mcppeer_expect(HEAD "\"id\":1,\"result\":{\"content\":[" TEXT(
	    "echo: expected an object, got array") "],\"isError\":true}}");
}
END_TEST

START_TEST(errors)
{
	static const char expected[] = HEAD
	    "\"id\":1,\"error\":{\"code\":-32603,"
	    "\"message\":\"7 is \xef\xbf\xbd\"}}";

	mcppeer_initialize();
	call("error", "");
	mcppeer_expect(expected);
	call("error", "," MODERN_META);
	mcppeer_expect(expected);
}
END_TEST

START_TEST(missing_abilities)
{
	call("needy", "," MODERN_META);
	mcppeer_expect(HEAD
	    "\"id\":1,\"error\":{\"code\":-32021,"
	    "\"message\":\"Missing required client capability\",\"data\":{"
	    "\"requiredCapabilities\":{\"elicitation\":{},\"sampling\":{},"
	    "\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}}}}");
	/* only the missing abilities are named */
	call("needy", "," MODERN_META_OF("\"elicitation\":{},\"sampling\":{}"));
	mcppeer_expect(HEAD
	    "\"id\":1,\"error\":{\"code\":-32021,"
	    "\"message\":\"Missing required client capability\",\"data\":{"
	    "\"requiredCapabilities\":{"
	    "\"extensions\":{\"io.modelcontextprotocol/tasks\":{}}}}}}");
	/*
	 * the extension does not exist in that version, whatever was declared
	 */
	mcppeer_initialize_as("2025-11-25",
	    "{\"elicitation\":{\"url\":{}}," TASKS_ABILITY "}");
	call("needy", "");
	mcppeer_expect(HEAD "\"id\":1,\"result\":{\"content\":[" TEXT(
	    "needy needs a client with the capabilities {"
	    "\\\"elicitation\\\":{},\\\"sampling\\\":{},"
	    "\\\"extensions\\\":{"
	    "\\\"io.modelcontextprotocol/tasks\\\":{}}}") "],"
							  "\"isError\":"
							  "true}}");
}
END_TEST

START_TEST(answers_are_bounded)
{
	mcppeer_initialize();
	call("huge", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    HEAD "\"id\":1,\"error\":{\"code\":-32603,\"message\":"
		 "\"the answer has 10485"));
}
END_TEST

static void
expect_log(const char *level)
{
	char *line = xasprintf(HEAD "\"method\":\"notifications/message\","
				    "\"params\":{\"level\":\"%s\","
				    "\"logger\":\"test\",\"data\":\"%s\"}}",
	    level, level);

	ck_assert_str_eq(mcppeer_next(), line);
	free(line);
}

static void
expect_answer(void)
{
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "\"result\""));
	mcppeer_expect_nothing();
}

START_TEST(logging_before_2026)
{
	mcppeer_initialize();
	call("noisy", "");
	expect_log("info");
	expect_log("emergency");
	expect_answer();
	mcppeer_exchange(HEAD "\"id\":2,\"method\":\"logging/setLevel\","
			      "\"params\":{\"level\":\"debug\"}}",
	    HEAD "\"id\":2,\"result\":{}}");
	call("noisy", "");
	expect_log("debug");
	expect_log("info");
	expect_log("emergency");
	expect_answer();
	mcppeer_exchange_part(HEAD "\"id\":2,\"method\":\"logging/setLevel\","
				   "\"params\":{\"level\":\"loud\"}}",
	    "\"code\":-32602,\"message\":\"level: expected one of debug, ");
	mcppeer_exchange_part(HEAD "\"id\":2,\"method\":\"logging/setLevel\"}",
	    "-32602");
}
END_TEST

START_TEST(logging_by_request)
{
	call("noisy", "," MODERN_META);
	expect_answer();
	call("noisy",
	    ",\"_meta\":{\"io.modelcontextprotocol/protocolVersion\":"
	    "\"2026-07-28\",\"io.modelcontextprotocol/clientCapabilities\":{},"
	    "\"io.modelcontextprotocol/logLevel\":\"error\"}");
	expect_log("emergency");
	expect_answer();
	mcppeer_exchange_part(HEAD
	    "\"id\":2,\"method\":\"logging/setLevel\","
	    "\"params\":{\"level\":\"debug\"," MODERN_META "}}",
	    "-32601");
}
END_TEST

#define PROGRESS(rest) \
	HEAD "\"method\":\"notifications/progress\",\"params\":{" \
	     "\"progressToken\":\"t\"," rest "}}"

START_TEST(progress_grows)
{
	mcppeer_initialize();
	mcppeer_line(HEAD "\"id\":2,\"method\":\"logging/setLevel\","
			  "\"params\":{\"level\":\"alert\"}}");
	mcppeer_next();
	call("noisy", ",\"_meta\":{\"progressToken\":\"t\"}");
	expect_log("emergency");
	ck_assert_str_eq(mcppeer_next(),
	    PROGRESS("\"progress\":0,\"total\":10,\"message\":\"none\""));
	ck_assert_str_eq(mcppeer_next(),
	    PROGRESS(
		"\"progress\":2.5,\"total\":10,\"message\":\"a quarter\""));
	ck_assert_str_eq(mcppeer_next(), PROGRESS("\"progress\":3.5"));
	expect_answer();
	/* messages came with 2025-03-26 */
	mcppeer_initialize_as("2024-11-05", "{}");
	call("noisy", ",\"_meta\":{\"progressToken\":\"t\"}");
	expect_log("info");
	expect_log("emergency");
	ck_assert_str_eq(mcppeer_next(),
	    PROGRESS("\"progress\":0,\"total\":10"));
}
END_TEST

/* While the client does not read, notices that can be left out are left out. */
START_TEST(slow_clients_miss_notices)
{
	mcppeer_initialize();
	mcp_peer_slow(mcppeer(), true);
	call("noisy", ",\"_meta\":{\"progressToken\":\"t\"}");
	expect_answer();
	mcp_peer_slow(mcppeer(), false);
	mcppeer_expect_nothing();
}
END_TEST

UNIT_SUITE
{
	unit_suite("content", setup, mcppeer_close, blocks_of_every_kind,
	    old_clients_get_texts, results_of_nothing, schemas_by_hand, errors,
	    missing_abilities, answers_are_bounded, logging_before_2026,
	    logging_by_request, progress_grows, slow_clients_miss_notices,
	    NULL);
}
