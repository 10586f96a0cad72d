/*
 * A server that asks.  See mcpasks.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "json/json.h"
#include "json/schema.h"
#include "mcp/prompts.h"
#include "mcp/resources.h"
#include "tests/unit/mcpasks.h"
#include "tests/unit/mcppeer.h"
#include "tests/unit/unit.h"

struct kill_args {
	int64_t id;
};

static const struct field kill_fields[] = {
	INTEGER(struct kill_args, id),
	END_OF_FIELDS,
};

const struct mcp_ask mcpasks_ok = { .key = "ok",
	.message = "Sure?",
	.schema = MCPASKS_SCHEMA };

/* "accept {...} state 1" */
static struct mcp_reply
tell(struct mcp_call *call, enum mcp_action action, struct json_object *content)
{
	static const char *const names[] = { "none", "accept", "decline",
		"cancel" };
	const char *state = mcp_call_state(call);
	struct mcp_reply reply;
	char *text;

	text = xasprintf("%s %s state %s", names[action],
	    content == NULL ? "-" : json_text(content, NULL),
	    state == NULL ? "-" : state);
	reply = mcp_reply_text(call, text);
	free(text);
	return reply;
}

static struct mcp_reply
kill(struct mcp_call *call, const void *arguments)
{
	const struct kill_args *args = arguments;
	struct json_object *content;
	enum mcp_action action;

	action = mcp_answer(mcp_call_answers(call), "ok", &content);
	if (action == MCP_UNANSWERED)
		return mcp_reply_ask(call, &mcpasks_ok, 1,
		    args->id == 0 ? NULL : "1");
	return tell(call, action, content);
}

static const struct mcp_tool kill_tool = {
	.name = "kill",
	.description = "Asks first.",
	.fields = kill_fields,
	.size = sizeof(struct kill_args),
	.call = kill,
};

/* Asks in every way but by a form. */
static struct mcp_reply
curious(struct mcp_call *call, const void *args)
{
	static const struct mcp_ask asks[] = {
		{ .key = "page",
		    .kind = MCP_ASK_URL,
		    .message = "Look.",
		    .url = "https://x" },
		{ .key = "model",
		    .kind = MCP_ASK_SAMPLE,
		    .params = "{\"maxTokens\":1,\"messages\":[]}" },
		{ .key = "roots", .kind = MCP_ASK_ROOTS },
	};
	struct json_object *answers = mcp_call_answers(call);

	(void)args;
	if (json_object_at(answers, "roots") == NULL)
		return mcp_reply_ask(call, asks, 3, NULL);
	return mcp_reply_text(call, json_text(answers, NULL));
}

static const struct mcp_tool curious_tool = {
	.name = "curious",
	.description = "Asks much.",
	.schema = "{\"type\":\"object\"}",
	.call = curious,
};

static struct mcp_call *open_call;
static int cancelled;

static void
on_cancel(void *arg)
{
	ck_assert_ptr_eq(arg, &cancelled);
	cancelled++;
}

/* Leaves its call open at first, for mcpasks_late. */
static struct mcp_reply
late(struct mcp_call *call, const void *args)
{
	(void)args;
	if (mcp_call_answers(call) != NULL)
		return mcp_reply_text(call, "answered");
	open_call = call;
	return mcp_reply_later(call, on_cancel, &cancelled);
}

static const struct mcp_tool late_tool = {
	.name = "late",
	.description = "Asks late.",
	.schema = "{\"type\":\"object\"}",
	.call = late,
};

static struct mcp_reply
prompt(struct mcp_call *call, const void *args)
{
	(void)args;
	if (mcp_answer(mcp_call_answers(call), "ok", NULL) == MCP_UNANSWERED)
		return mcp_reply_ask(call, &mcpasks_ok, 1, "p");
	return mcp_reply_messages(call, mcp_call_state(call), NULL, 0);
}

static const struct mcp_prompt asking_prompt = {
	.name = "asking",
	.description = "Asks.",
	.get = prompt,
};

static struct mcp_reply
read_resource(struct mcp_call *call, const char *uri)
{
	const struct mcp_content content = { .type = MCP_EMBEDDED,
		.uri = uri,
		.text = mcp_call_state(call) };

	if (mcp_answer(mcp_call_answers(call), "ok", NULL) == MCP_UNANSWERED)
		return mcp_reply_ask(call, &mcpasks_ok, 1, "r");
	return mcp_reply_contents(call, &content, 1);
}

static const struct mcp_tool *const tools[] = { &kill_tool, &curious_tool,
	&late_tool, NULL };
static const struct mcp_prompt *const prompts[] = { &asking_prompt, NULL };
static const struct mcp_resources resources = { .read = read_resource };
static const struct mcp_key key = { { 7 } };

static const struct mcp_info info = {
	.name = "test",
	.title = "A test",
	.version = "1.2",
	.tools = tools,
	.prompts = prompts,
	.resources = &resources,
	.key = &key,
};

void
mcpasks_open(void)
{
	mcppeer_open_with(&info);
}

void
mcpasks_request(int id, const char *method, const char *params)
{
	char *line = xasprintf("{\"jsonrpc\":\"2.0\","
			       "\"id\":%d,\"method\":\"%s\",\"params\":{%s}}",
	    id, method, params);

	mcppeer_line(line);
	free(line);
}

void
mcpasks_expect_part(const char *part)
{
	const char *line = mcppeer_next();

	ck_assert_msg(strstr(line, part) != NULL, "'%s' not in '%s'", part,
	    line);
	mcppeer_expect_nothing();
}

struct mcp_call *
mcpasks_late(void)
{
	return open_call;
}

int
mcpasks_cancelled(void)
{
	return cancelled;
}
