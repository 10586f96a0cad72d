/*
 * Connections as people who debug see them: the log has methods, ids, sizes and
 * times of lines, and mcp_peer_describe tells what is open.  Words that the
 * client chose are cut and cleaned, so that no content and no line break gets
 * into the log.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/monotime.h"
#include "json/json.h"
#include "mcp/call.h"
#include "mcp/debug.h"
#include "mcp/notices.h"
#include "mcp/prompts.h"

#define WORD_SIZE 48

void
mcp_peer_name(struct mcp_peer *peer, const char *name)
{
	snprintf(peer->name, sizeof(peer->name), "%s", name);
}

/*
 * Copies text into word, with a question mark for each byte that does not
 * print.
 */
static const char *
plain(const char *text, char word[WORD_SIZE])
{
	size_t i;

	snprintf(word, WORD_SIZE, "%s", text == NULL ? "-" : text);
	for (i = 0; word[i] != '\0'; i++)
		if ((unsigned char)word[i] >= 0x7f || word[i] < ' ')
			word[i] = '?';
	return word;
}

/* The name of the tool that is called, if there is such a tool. */
static const char *
tool_called(const struct mcp_request *req, const struct rpc_message *msg)
{
	const struct mcp_tool *const *tool = req->peer->info->tools;
	const char *name;

	if (msg->method == NULL || strcmp(msg->method, "tools/call") != 0)
		return "";
	name = json_string_at(msg->params, "name");
	for (; name != NULL && tool != NULL && *tool != NULL; tool++)
		if (strcmp((*tool)->name, name) == 0)
			return (*tool)->name;
	return "?";
}

void
debug_in(struct mcp_request *req, const struct rpc_message *msg, size_t len)
{
	char method[WORD_SIZE], id[WORD_SIZE];
	const char *tool;

	if (!log_debugging())
		return;
	req->came_us = monotime_us();
	if (msg->root == NULL)
		log_debug("%s: in: no message, %zu bytes", req->peer->name,
		    len);
	else if (msg->method == NULL)
		log_debug("%s: in: answer to %s, %zu bytes", req->peer->name,
		    plain(msg->id, id), len);
	else if (msg->id == NULL)
		log_debug("%s: in: %s, %zu bytes", req->peer->name,
		    plain(msg->method, method), len);
	else {
		tool = tool_called(req, msg);
		log_debug("%s: in: %s%s%s, id %s, ordinal %" PRIu64
			  ", %zu bytes",
		    req->peer->name, plain(msg->method, method),
		    *tool == '\0' ? "" : " ", tool, plain(msg->id, id),
		    req->ordinal, len);
	}
}

void
debug_answer(const struct mcp_request *req, size_t len)
{
	char id[WORD_SIZE], time[32] = "";

	if (!log_debugging())
		return;
	if (req->came_us != 0)
		snprintf(time, sizeof(time), ", %" PRId64 " us",
		    monotime_us() - req->came_us);
	log_debug("%s: out: answer to %s, ordinal %" PRIu64 ", %zu bytes%s",
	    req->peer->name, plain(req->id, id), req->ordinal, len, time);
}

void
debug_out(const struct mcp_peer *peer, const char *method, size_t len)
{
	log_debug("%s: out: %s, %zu bytes", peer->name, method, len);
}

static struct json_object *
call_published(const struct mcp_call *call)
{
	struct json_object *out = json_object_new_object();
	char id[WORD_SIZE];

	json_add_string(out, "id", plain(call->id, id));
	json_add_int(out, "ordinal", (int64_t)call->ordinal);
	json_add_string(out, "method", call->method);
	if (call->tool != NULL)
		json_add_string(out, "tool", call->tool->name);
	if (call->prompt != NULL)
		json_add_string(out, "prompt", call->prompt->name);
	json_add_int(out, "age_ms", monotime_ms() - call->began);
	json_add_bool(out, "replayed", call->replay != NULL);
	return out;
}

void
mcp_peer_describe(const struct mcp_peer *peer, struct json_object *out)
{
	struct json_object *calls = json_object_new_array();
	const struct mcp_call *call;
	const struct mcp_listen *listen;
	int64_t listens = 0;

	LIST_FOREACH(call, &peer->calls, entry)
		json_object_array_add(calls, call_published(call));
	LIST_FOREACH(listen, &peer->listens, entry)
		listens++;
	json_add_string(out, "era", peer->modern ? MCP_MODERN : peer->version);
	json_add_int(out, "next_ordinal", (int64_t)peer->next);
	json_add_int(out, "replays_to_come", (int64_t)peer->nreplays);
	json_add(out, "calls", calls);
	json_add_int(out, "listens", listens);
	json_add_int(out, "watches", (int64_t)peer->nwatches);
}
