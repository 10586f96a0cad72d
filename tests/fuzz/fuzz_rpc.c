/*
 * Fuzzing the whole of mcp/: the input is lines, as one client sends them to
 * one connection, in both eras.  Whatever they are, every line that is sent
 * back is JSON-RPC, no request is answered twice, and nothing is left open
 * when the client has gone.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/json.h"
#include "common/jsonscan.h"
#include "common/mem.h"
#include "mcp/mcp.h"
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
say(struct mcp_call *call, const void *args)
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
	struct mcp_reply reply;

	(void)args;
	if (open_call != NULL) {
		mcp_call_progress(open_call, "one more");
		reply = mcp_reply_failure(open_call, "next");
		(void)reply;
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
	.call = say,
};

static const struct mcp_tool later_tool = {
	.name = "later",
	.description = "answers later",
	.fields = inner_fields,
	.size = sizeof(struct inner),
	.call = later,
};

static const struct mcp_tool *const tools[] = { &say_tool, &later_tool, NULL };

static const struct mcp_info info = {
	.name = "fuzz",
	.title = "Fuzz",
	.version = "1",
	.instructions = "None.",
	.tools = tools,
};

/* An answer or a notice of ours; one line. */
static void
on_send(void *user, char *line, size_t len)
{
	struct jsonspan whole = { line, len };
	struct error err;

	require(user == &info && line[len] == '\0' && line[len - 1] == '\n');
	require(memchr(line, '\n', len) == line + len - 1);
	require(jsonscan_check(line, len, &err) == 0);
	require(jsonscan_type(whole) == '{');
	free(line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end;
	struct mcp_peer *peer;
	char *line;
	size_t len;

	peer = mcp_peer_new(&info, on_send, (void *)&info);
	while (size > 0) {
		end = memchr(text, '\n', size);
		len = end == NULL ? size : (size_t)(end - text);
		line = xcalloc(1, len + 1);
		memcpy(line, text, len);
		if (len > 0)
			mcp_peer_line(peer, line, len);
		free(line);
		len += end != NULL;
		text += len;
		size -= len;
	}
	mcp_peer_goodbye(peer);
	mcp_peer_free(peer);
	require(opened == 0 && open_call == NULL);
	return 0;
}
