/* Tools that ask, in both eras. */
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "common/mem.h"
#include "json/json.h"
#include "json/schema.h"
#include "tests/conformance/fixtures.h"

static bool
has_answer(struct json_object *answers, const struct mcp_ask *ask)
{
	if (ask->kind == MCP_ASK_FORM || ask->kind == MCP_ASK_URL)
		return mcp_answer(answers, ask->key, NULL) != MCP_UNANSWERED;
	return json_object_at(answers, ask->key) != NULL;
}

bool
fixture_answered(struct mcp_call *call, const struct mcp_ask *asks, size_t n,
    const char *state, struct mcp_reply *reply)
{
	struct json_object *answers = mcp_call_answers(call);
	size_t i;

	for (i = 0; i < n; i++)
		if (!has_answer(answers, &asks[i])) {
			*reply = mcp_reply_ask(call, asks, n, state);
			return false;
		}
	return true;
}

const char *
fixture_filled(struct mcp_call *call, const char *ask, const char *key)
{
	struct json_object *content;
	const char *value;

	mcp_answer(mcp_call_answers(call), ask, &content);
	value = json_string_at(content, key);
	return value == NULL ? "" : value;
}

/* "Elicitation completed: action=accept, content={...}" */
static struct mcp_reply
tell(struct mcp_call *call, const char *before, const char *key)
{
	struct json_object *answer = json_object_at(mcp_call_answers(call),
	    key);
	struct json_object *content = json_member(answer, "content");
	struct mcp_reply reply;
	char *text;

	text = xasprintf("%s: action=%s, content=%s", before,
	    json_string_at(answer, "action"),
	    content == NULL ? "undefined" : json_text(content, NULL));
	reply = mcp_reply_text(call, text);
	free(text);
	return reply;
}

struct message_args {
	char *message;
};

static const struct field message_fields[] = {
	STRING(struct message_args, message, .required = true),
	END_OF_FIELDS,
};

static struct mcp_reply
elicitation(struct mcp_call *call, const void *arguments)
{
	const struct message_args *args = arguments;
	const struct mcp_ask ask = { .key = "user",
		.message = args->message,
		.schema = FORM("\"username\":{\"type\":\"string\"},"
			       "\"email\":{\"type\":\"string\"}",
		    "\"username\",\"email\"") };
	struct mcp_reply reply;

	if (!fixture_answered(call, &ask, 1, NULL, &reply))
		return reply;
	return tell(call, "User response", "user");
}

struct prompt_args {
	char *prompt;
};

static const struct field prompt_fields[] = {
	STRING(struct prompt_args, prompt, .required = true),
	END_OF_FIELDS,
};

/* The params of a sampling/createMessage; the caller frees. */
static char *
sampling_params(const char *prompt)
{
	struct json_object *name = json_object_new_object();
	char *params;

	json_add_string(name, "text", prompt);
	params = xasprintf("{\"messages\":[{\"role\":\"user\",\"content\":{"
			   "\"type\":\"text\",\"text\":%s}}],"
			   "\"maxTokens\":100}",
	    json_text(json_member(name, "text"), NULL));
	json_object_put(name);
	return params;
}

static struct mcp_reply
sampling(struct mcp_call *call, const void *arguments)
{
	const struct prompt_args *args = arguments;
	char *params = sampling_params(args->prompt), *text;
	const struct mcp_ask ask = { .key = "model",
		.kind = MCP_ASK_SAMPLE,
		.params = params };
	struct mcp_reply reply;
	const char *said;

	if (fixture_answered(call, &ask, 1, NULL, &reply)) {
		said = json_string_at(
		    json_object_at(json_object_at(mcp_call_answers(call),
				       "model"),
			"content"),
		    "text");
		text = xasprintf("LLM response: %s", said == NULL ? "" : said);
		reply = mcp_reply_text(call, text);
		free(text);
	}
	free(params);
	return reply;
}

static struct mcp_reply
streaming(struct mcp_call *call, const void *args)
{
	static const struct mcp_ask ask = { .key = "ok",
		.message = "Is that right?",
		.schema = BOOLEAN_FORM("ok") };
	struct mcp_reply reply;

	(void)args;
	if (!fixture_answered(call, &ask, 1, NULL, &reply))
		return reply;
	return mcp_reply_text(call, "ok");
}

static struct mcp_reply
form(struct mcp_call *call, const char *schema)
{
	const struct mcp_ask ask = { .key = "form",
		.message = "Please fill this in",
		.schema = schema };
	struct mcp_reply reply;

	if (!fixture_answered(call, &ask, 1, NULL, &reply))
		return reply;
	return tell(call, "Elicitation completed", "form");
}

static struct mcp_reply
defaults(struct mcp_call *call, const void *args)
{
	(void)args;
	return form(call,
	    FORM("\"name\":{\"type\":\"string\",\"default\":\"John Doe\"},"
		 "\"age\":{\"type\":\"integer\",\"default\":30},"
		 "\"score\":{\"type\":\"number\",\"default\":95.5},"
		 "\"status\":{\"type\":\"string\",\"enum\":[\"active\","
		 "\"inactive\",\"pending\"],\"default\":\"active\"},"
		 "\"verified\":{\"type\":\"boolean\",\"default\":true}",
		""));
}

#define TITLED(n) \
	"{\"const\":\"value1\",\"title\":\"First " n "\"}," \
	"{\"const\":\"value2\",\"title\":\"Second " n "\"}," \
	"{\"const\":\"value3\",\"title\":\"Third " n "\"}"
#define OPTIONS "[\"option1\",\"option2\",\"option3\"]"

static struct mcp_reply
enums(struct mcp_call *call, const void *args)
{
	(void)args;
	return form(call,
	    FORM(
		"\"untitledSingle\":{\"type\":\"string\",\"enum\":" OPTIONS
		"},\"titledSingle\":{\"type\":\"string\",\"oneOf\":[" TITLED(
		    "Option") "]},\"legacyEnum\":{\"type\":\"string\","
			      "\"enum\":[\"opt1\",\"opt2\",\"opt3\"],\"enumNames\":["
			      "\"Option One\",\"Option Two\",\"Option Three\"]},"
			      "\"untitledMulti\":{\"type\":\"array\",\"items\":{"
			      "\"type\":\"string\",\"enum\":" OPTIONS "}},"
			      "\"titledMulti\":{\"type\":\"array\",\"items\":{\"anyOf\":[" TITLED(
				  "Choice") "]}}",
		""));
}

/* clang-format off */
#define ANY "{\"type\":\"object\",\"properties\":{}}"
#define SIMPLE(n, text, fn) \
	&(const struct mcp_tool){ .name = n, .description = text, \
	    .schema = ANY, .call = fn }

const struct mcp_tool *const elicit_tools[] = {
	&(const struct mcp_tool){ .name = "test_elicitation",
	    .description = "Asks for a user.", .fields = message_fields,
	    .size = sizeof(struct message_args), .call = elicitation },
	&(const struct mcp_tool){ .name = "test_sampling",
	    .description = "Asks the client's model.",
	    .fields = prompt_fields, .size = sizeof(struct prompt_args),
	    .call = sampling },
	SIMPLE("test_streaming_elicitation", "Asks.", streaming),
	SIMPLE("test_elicitation_sep1034_defaults", "Asks, with defaults.",
	    defaults),
	SIMPLE("test_elicitation_sep1330_enums", "Asks for choices.", enums),
	NULL,
};
