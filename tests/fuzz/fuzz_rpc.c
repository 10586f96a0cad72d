/*
 * Fuzzes the whole of mcp/.  The input is the lines that one client sends on
 * one connection, in both eras.  Whatever they are, every line that is sent
 * back is JSON-RPC, and nothing is left open or watched when the client has
 * gone. The server offers every feature; offers.h has its providers.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/jsonscan.h"
#include "common/mem.h"
#include "json/json.h"
#include "mcp/mcp.h"
#include "tests/fuzz/offers.h"
#include "tests/unit/fieldtable.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct mcp_call *open_call; /* the last that was left open */
static long opened;

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static struct mcp_reply
print_strings(struct mcp_call *call, const void *args)
{
	struct json_object *object = json_object_new_object();
	struct mcp_reply reply;

	schema_encode(sample_fields, args, object);
	reply = mcp_reply_text(call, json_text(object, NULL));
	json_object_put(object);
	return reply;
}

static void
cancelled(void *arg)
{
	require(arg == &opened);
	opened--;
	open_call = NULL;
}

/* Leaves its call open and answers the one before. */
static struct mcp_reply
later(struct mcp_call *call, const void *args)
{
	(void)args;
	if (open_call != NULL) {
		mcp_call_progress(open_call, "one more");
		mcp_call_finish(open_call,
		    mcp_reply_failure(open_call, "next"));
		opened--;
	}
	open_call = call;
	opened++;
	return mcp_reply_later(call, cancelled, &opened);
}

static void
check(const void *args, struct error *problems)
{
	const struct sample *sample = args;

	if (sample->text != NULL && sample->text[0] == 'x')
		fail_add(problems, ERR_INVALID, "text: begins with x");
}

static const struct mcp_tool say_tool = {
	.name = "say",
	.description = "every type of field",
	.fields = sample_fields,
	.size = sizeof(struct sample),
	.flags = MCP_READ_ONLY,
	.check = check,
	.call = print_strings,
};

static const struct mcp_tool later_tool = {
	.name = "later",
	.description = "answers later",
	.fields = inner_fields,
	.size = sizeof(struct inner),
	.call = later,
};

static struct mcp_reply stir(struct mcp_call *call, const void *args);

static const struct mcp_tool stir_tool = {
	.name = "stir",
	.title = "Stir",
	.description = "changes everything",
	.schema = "{\"type\":\"object\"}",
	.call = stir,
};

static const struct mcp_tool *const tools[] = { &say_tool, &later_tool,
	&offers_ask_tool, &offers_task_tool, &stir_tool, NULL };
static const struct mcp_key key = { { 1 } };

static const struct mcp_info info = {
	.name = "fuzz",
	.title = "Fuzz",
	.version = "1",
	.instructions = "None.",
	.tools = tools,
	.prompts = offers_prompts,
	.resources = &offers_resources,
	.tasks = &offers_tasks,
	.key = &key,
	.changing = MCP_LIST_TOOLS | MCP_LIST_PROMPTS | MCP_LIST_RESOURCES,
	.logs = true,
};

static struct mcp_peer *peer; /* of the one connection */

/* The client reads slowly, much changes, then it reads on. */
static struct mcp_reply
stir(struct mcp_call *call, const void *args)
{
	(void)args;
	mcp_call_log(call, MCP_ERROR, "stirred");
	offers_change();
	mcp_peer_slow(peer, true);
	mcp_list_changed(&info, ~0u);
	offers_change();
	mcp_peer_slow(peer, false);
	return mcp_reply_text(call, json_text(mcp_call_arguments(call), NULL));
}

/*
 * Texts that only the server knows, for the client to use: "ASKED" in a line
 * stands for the id of our last request, "STATE" for the last requestState.
 */
static struct {
	const char *name;
	const char *before; /* the text before it */
	char text[400];
} secrets[] = {
	{ .name = "ASKED", .before = "{\"jsonrpc\":\"2.0\",\"id\":\"" },
	{ .name = "STATE", .before = "\"requestState\":\"" },
};

#define NSECRETS (sizeof(secrets) / sizeof(secrets[0]))

static void
note_secrets(const char *line)
{
	const char *at;
	size_t i, len;

	for (i = 0; i < NSECRETS; i++) {
		at = strstr(line, secrets[i].before);
		if (at == NULL ||
		    (i == 0 && strstr(line, "\"method\":") == NULL))
			continue;
		at += strlen(secrets[i].before);
		len = strcspn(at, "\"");
		if (len < sizeof(secrets[i].text)) {
			memcpy(secrets[i].text, at, len);
			secrets[i].text[len] = '\0';
		}
	}
}

/* Returns the line with the secrets put in; *len becomes its length. */
static char *
tell_secrets(const char *text, size_t *len)
{
	struct buf line = { 0 };
	size_t i, left = *len;

	while (left > 0) {
		for (i = 0; i < NSECRETS; i++)
			if (left >= 5 && memcmp(text, secrets[i].name, 5) == 0)
				break;
		if (i < NSECRETS)
			buf_puts(&line, secrets[i].text);
		else
			buf_add(&line, text, 1);
		text += i < NSECRETS ? 5 : 1;
		left -= i < NSECRETS ? 5 : 1;
	}
	*len = line.len;
	return buf_steal(&line);
}

/* A line of ours: an answer, a notice, a request, or an array of answers. */
static void
on_send(void *user, char *line, size_t len)
{
	struct jsonspan whole = { line, len };
	struct error err;

	require(user == &peer && line[len] == '\0' && line[len - 1] == '\n');
	require(memchr(line, '\n', len) == line + len - 1);
	require(jsonscan_check(line, len, &err) == 0);
	require(jsonscan_type(whole) == '{' || jsonscan_type(whole) == '[');
	note_secrets(line);
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end;
	char *line;
	size_t n, len;

	peer = mcp_peer_new(&info, on_send, &peer);
	while (size > 0) {
		end = memchr(text, '\n', size);
		n = len = end == NULL ? size : (size_t)(end - text);
		line = tell_secrets(text, &len);
		if (len > 0)
			mcp_peer_line(peer, line, len);
		free(line);
		n += end != NULL;
		text += n;
		size -= n;
	}
	mcp_peer_goodbye(peer);
	mcp_peer_free(peer);
	require(opened == 0 && open_call == NULL);
	require(offers_watched() == 0);
	return 0;
}
