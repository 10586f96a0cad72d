/*
 * tools/list and tools/call: publishing the tables of the tools, decoding
 * arguments by them.  Wrong arguments are a tool result with isError
 * (2025-11-25, server/tools), so that the model sees them.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/json.h"
#include "common/mem.h"
#include "common/monotime.h"
#include "common/schema.h"
#include "mcp/peer.h"

#define LIST_TTL_MS 3600000

static struct json_object *
annotations(const struct mcp_tool *tool)
{
	struct json_object *hints = json_object_new_object();

	if ((tool->flags & MCP_READ_ONLY) != 0)
		json_add_bool(hints, "readOnlyHint", true);
	if ((tool->flags & MCP_DESTRUCTIVE) != 0)
		json_add_bool(hints, "destructiveHint", true);
	if ((tool->flags & MCP_IDEMPOTENT) != 0)
		json_add_bool(hints, "idempotentHint", true);
	return hints;
}

static struct json_object *
publish(const struct mcp_tool *tool)
{
	struct json_object *item = json_object_new_object(), *meta;
	struct json_object *hints = annotations(tool);

	json_add_string(item, "name", tool->name);
	json_add_string(item, "description", tool->description);
	json_add(item, "inputSchema", schema_publish(tool->fields));
	if (json_object_object_length(hints) > 0)
		json_add(item, "annotations", hints);
	else
		json_object_put(hints);
	if ((tool->flags & MCP_ALWAYS_LOAD) != 0) {
		meta = json_object_new_object();
		json_add_bool(meta, "anthropic/alwaysLoad", true);
		json_add(item, "_meta", meta);
	}
	return item;
}

void
tools_list(const struct mcp_request *req)
{
	const struct mcp_tool *const *tool;
	struct json_object *result, *list;

	if (json_member(req->params, "cursor") != NULL) {
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "cursor: unknown; all tools are on the first page");
		return;
	}
	list = json_object_new_array();
	for (tool = req->peer->info->tools; *tool != NULL; tool++)
		if (((*tool)->flags & MCP_UNLISTED) == 0)
			json_object_array_add(list, publish(*tool));
	result = json_object_new_object();
	json_add(result, "tools", list);
	if (req->modern)
		peer_cacheable(result, LIST_TTL_MS);
	peer_result(req, result);
}

static const struct mcp_tool *
find(const struct mcp_info *info, const char *name)
{
	const struct mcp_tool *const *tool;

	for (tool = info->tools; *tool != NULL; tool++)
		if (strcmp((*tool)->name, name) == 0)
			return *tool;
	return NULL;
}

static struct mcp_call *
call_new(const struct mcp_request *req, const struct mcp_tool *tool)
{
	struct mcp_call *call = xcalloc(1, sizeof(*call));
	struct json_object *token = json_member(req->meta, "progressToken");

	call->peer = req->peer;
	call->id = xstrdup(req->id);
	call->ordinal = req->peer->ordinal;
	call->replay = req->peer->replay;
	call->began = monotime_ms() - mcp_call_age_ms(call);
	call->modern = req->modern;
	call->tool = tool;
	call->args = xcalloc(1, tool->size);
	if (json_object_is_type(token, json_type_string) ||
	    json_object_is_type(token, json_type_int))
		call->progress_token = xstrdup(json_text(token, NULL));
	LIST_INSERT_HEAD(&req->peer->calls, call, entry);
	return call;
}

static struct mcp_reply
start(struct mcp_call *call, struct json_object *arguments)
{
	struct error err;

	error_clear(&err);
	schema_decode(call->tool->fields, arguments, "", call->args, &err);
	if (call->tool->check != NULL)
		call->tool->check(call->args, &err);
	if (err.code != ERR_NONE) {
		fail_prefix(&err, "%s", call->tool->name);
		return mcp_reply_failure(call, err.text);
	}
	return call->tool->call(call, call->args);
}

void
tools_call(const struct mcp_request *req)
{
	const char *name = json_string_at(req->params, "name");
	const struct mcp_tool *tool;
	struct mcp_reply reply;

	tool = name == NULL ? NULL : find(req->peer->info, name);
	if (name == NULL)
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "name: expected the name of a tool");
	else if (tool == NULL)
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "unknown tool '%.100s'; tools/list has them all", name);
	else if (!peer_full(req)) {
		reply = start(call_new(req, tool),
		    json_member(req->params, "arguments"));
		(void)reply;
	}
}
