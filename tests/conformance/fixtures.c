/*
 * The server as a whole: its tables, two of which change while it runs.
 */
#include <err.h>
#include <sys/random.h>

#include "mcp/prompts.h"
#include "tests/conformance/fixtures.h"

#define TABLE_SIZE 64

static const struct mcp_tool *tools[TABLE_SIZE];
static const struct mcp_prompt *prompts[TABLE_SIZE];
static struct mcp_key key;

static struct mcp_info info = {
	.name = "ccproc-fixtures",
	.title = "Fixtures of the conformance suite",
	.version = "1",
	.instructions = "For tests.",
	.tools = tools,
	.prompts = prompts,
	.resources = &fixture_resources,
	.tasks = &fixture_tasks,
	.key = &key,
	.changing = MCP_LIST_TOOLS | MCP_LIST_PROMPTS | MCP_LIST_RESOURCES,
	.logs = true,
};

static struct mcp_reply
nothing(struct mcp_call *call, const void *args)
{
	(void)args;
	return mcp_reply_text(call, "ok");
}

static const struct mcp_tool dynamic_tool = {
	.name = "dynamic_tool",
	.description = "Comes and goes.",
	.schema = "{\"type\":\"object\"}",
	.call = nothing,
};

static struct mcp_reply
no_prompt(struct mcp_call *call, const void *args)
{
	const struct mcp_message message = {
		.content = { .type = MCP_TEXT, .text = "ok" },
	};

	(void)args;
	return mcp_reply_messages(call, NULL, &message, 1);
}

static const struct mcp_prompt dynamic_prompt = {
	.name = "dynamic_prompt",
	.description = "Comes and goes.",
	.get = no_prompt,
};

static void
add_tools(const struct mcp_tool *const *more)
{
	size_t n = 0;

	while (tools[n] != NULL)
		n++;
	for (; *more != NULL; more++)
		if (n < TABLE_SIZE - 2)
			tools[n++] = *more;
}

const struct mcp_info *
fixtures_info(void)
{
	return &info;
}

void
fixtures_init(struct event_base *base)
{
	size_t n;

	if (getrandom(key.bytes, sizeof(key.bytes), 0) !=
	    (ssize_t)sizeof(key.bytes))
		err(1, "getrandom");
	add_tools(content_tools);
	add_tools(elicit_tools);
	add_tools(mrtr_tools);
	add_tools(job_tools);
	for (n = 0; fixture_prompts[n] != NULL && n < TABLE_SIZE - 2; n++)
		prompts[n] = fixture_prompts[n];
	jobs_init(base);
}

/* The last entry is the one that comes and goes. */
static void
toggle(const void **table, const void *item)
{
	size_t n = 0;

	while (table[n] != NULL)
		n++;
	if (table[n - 1] == item)
		table[n - 1] = NULL;
	else
		table[n] = item;
}

void
fixtures_toggle(enum mcp_list list)
{
	if (list == MCP_LIST_TOOLS)
		toggle((const void **)tools, &dynamic_tool);
	else
		toggle((const void **)prompts, &dynamic_prompt);
	mcp_list_changed(&info, list);
}
