/*
 * Prompts, and completing their arguments and the variables of templates.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "json/json.h"
#include "json/schema.h"
#include "mcp/prompts.h"
#include "mcp/resources.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

#define HEAD "{\"jsonrpc\":\"2.0\","

struct greet_args {
	char *who;
	char *how;
};

static const struct field greet_fields[] = {
	STRING(struct greet_args, who, .required = true, .max = 8,
	    .help = "Whom to greet."),
	STRING(struct greet_args, how),
	END_OF_FIELDS,
};

static struct mcp_reply
greet(struct mcp_call *call, const void *arguments)
{
	const struct greet_args *args = arguments;
	const struct mcp_message messages[] = {
		{ .content = { .text = args->who } },
		{ .assistant = true,
		    .content = { .type = MCP_LINK,
			.uri = "x://1",
			.name = "one" } },
	};

	return mcp_reply_messages(call, args->how, messages, 2);
}

/* Completes with as many values as the typed text says. */
static void
complete(void *user, const struct mcp_completion *completion,
    struct mcp_values *values)
{
	const char *known = json_string_at(completion->known, "how");
	int i, n = atoi(completion->typed);
	char value[40];

	ck_assert_ptr_nonnull(user);
	for (i = 0; i < n; i++) {
		snprintf(value, sizeof(value), "%s%s%d", completion->argument,
		    known == NULL ? "\xff" : known, i);
		mcp_values_add(values, value);
	}
}

static const struct mcp_prompt greet_prompt = {
	.name = "greet",
	.title = "Greet",
	.description = "Greets.",
	.fields = greet_fields,
	.size = sizeof(struct greet_args),
	.get = greet,
	.complete = complete,
};

static struct mcp_reply
plain(struct mcp_call *call, const void *args)
{
	(void)args;
	return mcp_reply_messages(call, NULL, NULL, 0);
}

static const struct mcp_prompt plain_prompt = {
	.name = "plain",
	.description = "Plain.",
	.get = plain,
};

static const struct mcp_prompt *const prompts[] = { &greet_prompt,
	&plain_prompt, NULL };

static const struct mcp_template templates[] = {
	{ .uri = "x://{id}/{stream}{?from,to*}", .complete = complete },
	{ .uri = "x://{alone}" },
	{ .uri = NULL },
};

static const struct mcp_resources resources = { .templates = templates };

static const struct mcp_info info = {
	.name = "test",
	.title = "A test",
	.version = "1.2",
	.prompts = prompts,
	.resources = &resources,
};

static void
setup(void)
{
	mcppeer_open_with(&info);
	mcppeer_initialize_as("2025-11-25", "{}");
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

START_TEST(listed)
{
	mcppeer_exchange_part(HEAD "\"id\":1,\"method\":\"initialize\","
				   "\"params\":{\"protocolVersion\":"
				   "\"2025-11-25\"}}",
	    "\"capabilities\":{\"resources\":{},\"prompts\":{},"
	    "\"completions\":{}},");
	request("prompts/list", "\"cursor\":\"\"");
	mcppeer_expect(HEAD
	    "\"id\":1,\"result\":{\"prompts\":[{\"name\":\"greet\","
	    "\"title\":\"Greet\",\"description\":\"Greets.\","
	    "\"arguments\":[{\"name\":\"who\",\"description\":"
	    "\"Whom to greet.\",\"required\":true},{\"name\":\"how\"}]},{"
	    "\"name\":\"plain\",\"description\":\"Plain.\","
	    "\"arguments\":[]}]}}");
	request("prompts/list", MODERN_META);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "}],\"ttlMs\":3600000,\"cacheScope\":\"public\","));
	request("prompts/list", "\"cursor\":\"1\"");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32602"));
}
END_TEST

#define MESSAGES(link) \
	"\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\"," \
	"\"text\":\"Ann\"}},{\"role\":\"assistant\",\"content\":" link "}]"
#define LINK "{\"type\":\"resource_link\",\"uri\":\"x://1\",\"name\":\"one\"}"

START_TEST(got)
{
	request("prompts/get",
	    "\"name\":\"greet\",\"arguments\":{\"who\":\"Ann\"}");
	mcppeer_expect(HEAD
	    "\"id\":1,\"result\":{\"description\":\"Greets.\"," MESSAGES(
		LINK) "}}");
	request("prompts/get",
	    "\"name\":\"greet\",\"arguments\":{\"who\":\"Ann\",\"how\":"
	    "\"So.\"}," MODERN_META);
	mcppeer_expect(HEAD
	    "\"id\":1,\"result\":{\"description\":\"So.\"," MESSAGES(
		LINK) "," MODERN_END);
	request("prompts/get", "\"name\":\"plain\"");
	mcppeer_expect(HEAD "\"id\":1,\"result\":{\"description\":\"Plain.\","
			    "\"messages\":[]}}");
	mcppeer_initialize_as("2025-03-26", "{}");
	request("prompts/get",
	    "\"name\":\"greet\",\"arguments\":{\"who\":\"Ann\"}");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    MESSAGES(
		"{\"type\":\"text\",\"text\":\"[resource one: x://1]\"}")));
}
END_TEST

/* These are errors: no model reads what a prompt answers. */
START_TEST(wrong)
{
	request("prompts/get", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"code\":-32602,\"message\":\"name: expected the name of a "
	    "prompt\""));
	request("prompts/get", "\"name\":\"nix\"");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"code\":-32602,\"message\":\"unknown prompt 'nix'; prompts/list "
	    "has them all\""));
	request("prompts/get", "\"name\":\"greet\"");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"code\":-32602,\"message\":\"greet: who: is required\""));
	request("prompts/get",
	    "\"name\":\"greet\",\"arguments\":{\"who\":7,\"why\":\"\"}," MODERN_META);
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"code\":-32602,\"message\":\"greet: "));
	request("prompts/get", "\"name\":\"plain\",\"arguments\":{\"a\":\"\"}");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32602"));
}
END_TEST

static void
complete_argument(const char *ref, const char *argument, const char *rest)
{
	char *params = xasprintf("\"ref\":{%s},\"argument\":{%s}%s", ref,
	    argument, rest);

	request("completion/complete", params);
	free(params);
}

#define GREET "\"type\":\"ref/prompt\",\"name\":\"greet\""
#define STREAM \
	"\"type\":\"ref/resource\"," \
	"\"uri\":\"x://{id}/{stream}{?from,to*}\""

START_TEST(completed)
{
	complete_argument(GREET, "\"name\":\"who\",\"value\":\"2\"", "");
	mcppeer_expect(HEAD "\"id\":1,\"result\":{\"completion\":{\"values\":["
			    "\"who\xef\xbf\xbd"
			    "0\",\"who\xef\xbf\xbd"
			    "1\"],"
			    "\"total\":2,\"hasMore\":false}}}");
	complete_argument(STREAM, "\"name\":\"stream\",\"value\":\"1\"",
	    ",\"context\":{\"arguments\":{\"how\":\"-\"}}," MODERN_META);
	mcppeer_expect(HEAD
	    "\"id\":1,\"result\":{\"completion\":{\"values\":["
	    "\"stream-0\"],\"total\":1,\"hasMore\":false}," MODERN_END);
	complete_argument(STREAM, "\"name\":\"to\",\"value\":\"0\"", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "{\"values\":[],\"total\":0,\"hasMore\":false}"));
	complete_argument("\"type\":\"ref/resource\",\"uri\":\"x://{alone}\"",
	    "\"name\":\"alone\",\"value\":\"9\"", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "{\"values\":[],"));
}
END_TEST

START_TEST(a_hundred_values)
{
	complete_argument(GREET, "\"name\":\"who\",\"value\":\"100\"",
	    ",\"context\":{\"arguments\":{\"how\":\"-\"}}");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"who-99\"],\"total\":100,\"hasMore\":false}"));
	complete_argument(GREET, "\"name\":\"who\",\"value\":\"250\"",
	    ",\"context\":{\"arguments\":{\"how\":\"-\"}}");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"who-99\"],\"total\":250,\"hasMore\":true}"));
}
END_TEST

START_TEST(not_completed)
{
	static const char *const refs[] = { "",
		"\"type\":\"ref/prompt\",\"name\":\"nix\"",
		"\"type\":\"ref/prompt\"", "\"type\":\"ref/resource\"",
		"\"type\":\"ref/other\",\"name\":\"greet\"",
		"\"type\":\"ref/resource\",\"uri\":\"x://{other}\"",
		"\"type\":7", STREAM, NULL };
	size_t i;

	for (i = 0; refs[i] != NULL; i++) {
		complete_argument(refs[i], "\"name\":\"who\",\"value\":\"\"",
		    "");
		ck_assert_msg(strstr(mcppeer_next(), "-32602") != NULL, "%s",
		    refs[i]);
	}
	complete_argument(GREET, "\"name\":\"nix\",\"value\":\"\"", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32602"));
	complete_argument(STREAM, "\"name\":\"eam\",\"value\":\"\"", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32602"));
	complete_argument(STREAM, "\"name\":\"\",\"value\":\"\"", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32602"));
	complete_argument(GREET, "\"name\":\"who\"", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(),
	    "\"code\":-32602,\"message\":\"argument: expected"));
	request("completion/complete", "");
	ck_assert_ptr_nonnull(strstr(mcppeer_next(), "-32602"));
}
END_TEST

UNIT_SUITE
{
	unit_suite("prompts", setup, mcppeer_close, listed, got, wrong,
	    completed, a_hundred_values, not_completed, NULL);
}
