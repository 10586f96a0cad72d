/*
 * Tools that ask by their result (2026-07-28, basic/patterns/mrtr).
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "json/json.h"
#include "tests/conformance/fixtures.h"

#define SAMPLING(text, tokens) \
	"{\"messages\":[{\"role\":\"user\",\"content\":{\"type\":\"text\"," \
	"\"text\":\"" text "\"}}],\"maxTokens\":" tokens "}"

static const struct mcp_ask ask_name = { .key = "user_name",
	.message = "What is your name?",
	.schema = STRING_FORM("name") };

static struct mcp_reply
elicitation(struct mcp_call *call, const void *args)
{
	struct mcp_reply reply;
	char *text;

	(void)args;
	if (!fixture_answered(call, &ask_name, 1, NULL, &reply))
		return reply;
	text = xasprintf("Hello, %s!",
	    fixture_filled(call, "user_name", "name"));
	reply = mcp_reply_text(call, text);
	free(text);
	return reply;
}

static struct mcp_reply
sampling(struct mcp_call *call, const void *args)
{
	static const struct mcp_ask ask = { .key = "capital_question",
		.kind = MCP_ASK_SAMPLE,
		.params = SAMPLING("What is the capital of France?", "100") };
	struct json_object *answer;
	struct mcp_reply reply;
	const char *text;

	(void)args;
	if (!fixture_answered(call, &ask, 1, NULL, &reply))
		return reply;
	answer = json_object_at(mcp_call_answers(call), ask.key);
	text = json_string_at(json_object_at(answer, "content"), "text");
	return mcp_reply_text(call, text == NULL ? "" : text);
}

static struct mcp_reply
list_roots(struct mcp_call *call, const void *args)
{
	static const struct mcp_ask ask = { .key = "client_roots",
		.kind = MCP_ASK_ROOTS };
	struct mcp_reply reply;

	(void)args;
	if (!fixture_answered(call, &ask, 1, NULL, &reply))
		return reply;
	return mcp_reply_text(call,
	    json_text(json_member(json_object_at(mcp_call_answers(call),
				      ask.key),
			  "roots"),
		NULL));
}

static struct mcp_reply
request_state(struct mcp_call *call, const void *args)
{
	static const struct mcp_ask ask = { .key = "confirm",
		.message = "Please confirm",
		.schema = BOOLEAN_FORM("ok") };
	struct mcp_reply reply;

	(void)args;
	if (!fixture_answered(call, &ask, 1, "asked", &reply))
		return reply;
	return mcp_reply_text(call,
	    mcp_call_state(call) == NULL ? "no state" : "state-ok");
}

static struct mcp_reply
multiple_inputs(struct mcp_call *call, const void *args)
{
	const struct mcp_ask asks[] = {
		ask_name,
		{ .key = "greeting",
		    .kind = MCP_ASK_SAMPLE,
		    .params = SAMPLING("Generate a greeting", "50") },
		{ .key = "client_roots", .kind = MCP_ASK_ROOTS },
	};
	struct mcp_reply reply;

	(void)args;
	if (!fixture_answered(call, asks, 3, "asked", &reply))
		return reply;
	return mcp_reply_text(call, "user_name,greeting,client_roots");
}

/* The state is "1", then "2 NAME". */
static struct mcp_reply
multi_round(struct mcp_call *call, const void *args)
{
	static const struct mcp_ask first = { .key = "step1",
		.message = "Step 1: What is your name?",
		.schema = STRING_FORM("name") };
	static const struct mcp_ask second = { .key = "step2",
		.message = "Step 2: What is your favorite color?",
		.schema = STRING_FORM("color") };
	const char *state = mcp_call_state(call);
	struct mcp_reply reply;
	char *text;

	(void)args;
	if (state == NULL || *state == '1') {
		if (!fixture_answered(call, &first, 1, "1", &reply))
			return reply;
		text = xasprintf("2 %s", fixture_filled(call, "step1", "name"));
		reply = mcp_reply_ask(call, &second, 1, text);
	} else {
		if (!fixture_answered(call, &second, 1, state, &reply))
			return reply;
		text = xasprintf("%s likes %s", state + 2,
		    fixture_filled(call, "step2", "color"));
		reply = mcp_reply_text(call, text);
	}
	free(text);
	return reply;
}

/* Asks only in ways that the client declared. */
static struct mcp_reply
capabilities(struct mcp_call *call, const void *args)
{
	struct mcp_ask asks[2];
	struct mcp_reply reply;
	size_t n = 0;

	(void)args;
	if (mcp_call_can(call, MCP_CAN_SAMPLE))
		asks[n++] = (struct mcp_ask){ .key = "s",
			.kind = MCP_ASK_SAMPLE,
			.params = SAMPLING("hi", "100") };
	if (mcp_call_can(call, MCP_CAN_FORM))
		asks[n++] = (struct mcp_ask){ .key = "e",
			.message = "hi",
			.schema = STRING_FORM("a") };
	if (n > 0 && !fixture_answered(call, asks, n, NULL, &reply))
		return reply;
	return mcp_reply_text(call, n == 0 ? "none" : "ok");
}

/* clang-format off */
#define MRTR(n, fn) \
	&(const struct mcp_tool){ .name = "test_input_required_result_" n, \
	    .description = "Asks by its result.", \
	    .schema = "{\"type\":\"object\",\"properties\":{}}", .call = fn }

const struct mcp_tool *const mrtr_tools[] = {
	MRTR("elicitation", elicitation),
	MRTR("sampling", sampling),
	MRTR("list_roots", list_roots),
	MRTR("request_state", request_state),
	MRTR("tampered_state", request_state),
	MRTR("multiple_inputs", multiple_inputs),
	MRTR("multi_round", multi_round),
	MRTR("capabilities", capabilities),
	NULL,
};
