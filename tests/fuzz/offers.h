/* The providers of the fuzzed server, and tools that ask or make tasks. */
#ifndef TESTS_FUZZ_OFFERS_H
#define TESTS_FUZZ_OFFERS_H

#include <stddef.h>
#include <string.h>

#include "common/mem.h"
#include "json/json.h"
#include "json/schema.h"
#include "mcp/ask.h"
#include "mcp/prompts.h"
#include "mcp/resources.h"
#include "mcp/tasks.h"

#define OFFERS_SCHEMA "{\"type\":\"object\",\"properties\":{}}"

struct offers_watch {
	void (*changed)(void *arg);
	void *arg;
};

static struct offers_watch *offers_watches[1000];

static size_t
offers_watched(void)
{
	size_t i, n = 0;

	for (i = 0; i < sizeof(offers_watches) / sizeof(*offers_watches); i++)
		n += offers_watches[i] != NULL;
	return n;
}

static void
offers_change(void)
{
	size_t i;

	for (i = 0; i < sizeof(offers_watches) / sizeof(*offers_watches); i++)
		if (offers_watches[i] != NULL)
			offers_watches[i]->changed(offers_watches[i]->arg);
}

/* There is nothing whose name begins with "n". */
static void *
offers_watch(void *user, const char *name, void (*changed)(void *), void *arg)
{
	struct offers_watch *watch;
	size_t i = 0;

	(void)user;
	if (*name == 'n')
		return NULL;
	while (offers_watches[i] != NULL)
		i++;
	watch = xcalloc(1, sizeof(*watch));
	watch->changed = changed;
	watch->arg = arg;
	offers_watches[i] = watch;
	return watch;
}

static void
offers_unwatch(void *watch)
{
	size_t i = 0;

	while (offers_watches[i] != watch)
		i++;
	offers_watches[i] = NULL;
	free(watch);
}

static const struct mcp_ask offers_asks[] = {
	{ .key = "form", .message = "Sure?", .schema = OFFERS_SCHEMA },
	{ .key = "page", .kind = MCP_ASK_URL, .message = "m", .url = "u" },
	{ .key = "model", .kind = MCP_ASK_SAMPLE, .params = OFFERS_SCHEMA },
	{ .key = "roots", .kind = MCP_ASK_ROOTS },
};

/* Collects the asks that the client can answer and has not answered yet. */
static size_t
offers_questions(struct mcp_call *call, struct mcp_ask *asks)
{
	static const unsigned needs[] = { MCP_CAN_FORM, MCP_CAN_URL,
		MCP_CAN_SAMPLE, MCP_CAN_ROOTS };
	struct json_object *answers = mcp_call_answers(call);
	size_t i, n = 0;

	for (i = 0; i < 4; i++)
		if (mcp_call_can(call, needs[i]) &&
		    json_member(answers, offers_asks[i].key) == NULL)
			asks[n++] = offers_asks[i];
	return n;
}

static struct mcp_reply
offers_ask(struct mcp_call *call, const void *args)
{
	struct json_object *content = NULL;
	const char *state = mcp_call_state(call);
	struct mcp_ask asks[4];
	size_t n = offers_questions(call, asks);

	(void)args;
	if (n > 0)
		return mcp_reply_ask(call, asks, n,
		    state == NULL ? "first" : "again");
	if (mcp_answer(mcp_call_answers(call), "form", &content) != MCP_ACCEPT)
		return mcp_reply_lacks(call, MCP_CAN_FORM);
	return mcp_reply_failure(call,
	    content == NULL ? "-" : json_text(content, NULL));
}

static const struct mcp_tool offers_ask_tool = {
	.name = "ask",
	.description = "asks what it can",
	.schema = OFFERS_SCHEMA,
	.call = offers_ask,
};

/* A task of every status: the first letter of its id says which. */
static struct mcp_task
offers_task(const char *id)
{
	static const struct mcp_content content[] = {
		{ .type = MCP_TEXT, .text = "t\xff" },
		{ .type = MCP_AUDIO, .data = "a", .len = 1, .mime = "a/b" },
		{ .type = MCP_LINK, .uri = "l", .name = "l" },
		{ .type = MCP_EMBEDDED, .uri = "e", .data = "e", .len = 1 },
	};
	static const struct mcp_result result = { .content = content, .n = 4 };
	struct mcp_task task = {
		.id = id,
		.status = (enum mcp_task_status)((unsigned char)*id % 5),
		.message = id,
		.created_ms = 1,
		.updated_ms = 2,
		.ttl_ms = 3,
		.result = &result,
		.asks = offers_asks,
		.nasks = 4,
	};

	return task;
}

static void
offers_get(void *user, const char *id, struct mcp_task_out *out)
{
	const struct mcp_task task = offers_task(id);

	(void)user;
	if (*id != 'n')
		mcp_task_is(out, &task);
}

static bool
offers_update(void *user, const char *id, struct json_object *answers)
{
	struct json_object *content;

	(void)user;
	mcp_answer(answers, "form", &content);
	return *id != 'n';
}

static bool
offers_cancel(void *user, const char *id)
{
	(void)user;
	return *id != 'n';
}

static const struct mcp_tasks offers_tasks = {
	.get = offers_get,
	.update = offers_update,
	.cancel = offers_cancel,
	.watch = offers_watch,
	.unwatch = offers_unwatch,
};

static struct mcp_reply
offers_start(struct mcp_call *call, const void *args)
{
	const struct mcp_task task = offers_task("d");

	(void)args;
	return mcp_reply_task(call, &task);
}

static const struct mcp_tool offers_task_tool = {
	.name = "task",
	.description = "a task",
	.schema = OFFERS_SCHEMA,
	.call = offers_start,
};

static bool
offers_list(void *user, const char *cursor, struct mcp_page *page)
{
	const struct mcp_resource resource = { .uri = "u",
		.name = cursor == NULL ? "first" : cursor,
		.bytes = 1,
		.modified_ms = 1 };

	(void)user;
	mcp_page_add(page, &resource);
	mcp_page_next(page, "2");
	return cursor == NULL || *cursor == '2';
}

static struct mcp_reply
offers_read(struct mcp_call *call, const char *uri)
{
	const struct mcp_content content = { .type = MCP_EMBEDDED,
		.uri = uri,
		.text = uri };

	if (*uri == 'n')
		return mcp_reply_no_resource(call);
	if (*uri == 'a')
		return offers_ask(call, NULL);
	return mcp_reply_contents(call, &content, 1);
}

static void
offers_complete(void *user, const struct mcp_completion *completion,
    struct mcp_values *values)
{
	const char *p;

	(void)user;
	for (p = completion->typed; *p != '\0'; p++)
		mcp_values_add(values, p);
	json_text(completion->known, NULL);
}

static const struct mcp_template offers_templates[] = {
	{ .uri = "x://{id}", .name = "x", .complete = offers_complete },
	{ .uri = NULL },
};

static const struct mcp_resources offers_resources = {
	.list = offers_list,
	.templates = offers_templates,
	.read = offers_read,
	.watch = offers_watch,
	.unwatch = offers_unwatch,
};

struct offers_args {
	char *who;
};

static const struct field offers_fields[] = {
	STRING(struct offers_args, who, .required = true),
	END_OF_FIELDS,
};

static struct mcp_reply
offers_prompt(struct mcp_call *call, const void *arguments)
{
	const struct offers_args *args = arguments;
	const struct mcp_message message = { .content = { .text = args->who } };

	if (*args->who == 'a')
		return offers_ask(call, NULL);
	return mcp_reply_messages(call, args->who, &message, 1);
}

static const struct mcp_prompt offers_greet = {
	.name = "greet",
	.description = "greets",
	.fields = offers_fields,
	.size = sizeof(struct offers_args),
	.get = offers_prompt,
	.complete = offers_complete,
};

static const struct mcp_prompt *const offers_prompts[] = { &offers_greet,
	NULL };

#endif
