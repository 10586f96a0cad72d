/*
 * tools/list publishes the tables of the tools, tools/call decodes arguments by
 * them.  Wrong arguments are answered with a tool result that has isError
 * (2025-11-25, server/tools), so that the model sees them.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"
#include "json/schema.h"
#include "mcp/call.h"
#include "mcp/methods.h"

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

/* The _meta that Claude Code reads. */
static struct json_object *
meta_of(const struct mcp_tool *tool)
{
	struct json_object *meta = json_object_new_object();

	if ((tool->flags & MCP_ALWAYS_LOAD) != 0)
		json_add_bool(meta, "anthropic/alwaysLoad", true);
	if (tool->max_result_chars > 0)
		json_add_int(meta, "anthropic/maxResultSizeChars",
		    tool->max_result_chars);
	return meta;
}

/* Adds an object that has members; takes value. */
static void
add_filled(struct json_object *out, const char *key, struct json_object *value)
{
	if (json_object_object_length(value) > 0)
		json_add(out, key, value);
	else
		json_object_put(value);
}

static struct json_object *
publish(const struct mcp_tool *tool)
{
	struct json_object *item = json_object_new_object();

	json_add_string(item, "name", tool->name);
	if (tool->title != NULL)
		json_add_string(item, "title", tool->title);
	json_add_string(item, "description", tool->description);
	if (tool->schema != NULL)
		json_add_text(item, "inputSchema", tool->schema);
	else
		json_add(item, "inputSchema", schema_publish(tool->fields));
	if (tool->output_schema != NULL)
		json_add_text(item, "outputSchema", tool->output_schema);
	add_filled(item, "annotations", annotations(tool));
	add_filled(item, "_meta", meta_of(tool));
	return item;
}

void
tools_list(const struct mcp_request *req)
{
	const struct mcp_tool *const *tool;
	struct json_object *result, *list;

	if (!peer_first_page(req))
		return;
	list = json_object_new_array();
	for (tool = req->peer->info->tools; *tool != NULL; tool++)
		if (((*tool)->flags & MCP_UNLISTED) == 0)
			json_object_array_add(list, publish(*tool));
	result = json_object_new_object();
	json_add(result, "tools", list);
	peer_cacheable(req, result,
	    (req->peer->info->changing & MCP_LIST_TOOLS) != 0 ? 0 : LIST_TTL_MS,
	    true);
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

static struct mcp_reply
run(struct mcp_call *call)
{
	return call->tool->call(call, call->args);
}

/* Keeps the arguments for a tool without fields, which reads them itself. */
static void
take_any(struct mcp_call *call, struct json_object *arguments,
    struct error *err)
{
	call->arguments = arguments == NULL ? json_object_new_object() :
					      json_object_get(arguments);
	if (!json_object_is_type(call->arguments, json_type_object))
		fail(err, ERR_INVALID, "expected an object, got %s",
		    json_type_word(arguments));
}

static void
take_arguments(struct mcp_call *call, struct json_object *arguments,
    struct error *err)
{
	const struct mcp_tool *tool = call->tool;

	error_clear(err);
	if (tool->fields == NULL) {
		take_any(call, arguments, err);
		return;
	}
	call_args(call, tool->fields, tool->size);
	schema_decode_call(tool->fields, arguments, call->args, err);
	if (tool->check != NULL)
		tool->check(call->args, err);
}

static struct mcp_reply
start(struct mcp_call *call, struct json_object *params)
{
	struct error err;

	take_arguments(call, json_member(params, "arguments"), &err);
	if (err.code != ERR_NONE) {
		fail_prefix(&err, "%s", call->tool->name);
		return mcp_reply_failure(call, err.text);
	}
	return ask_run(call, params);
}

void
tools_call(const struct mcp_request *req)
{
	const char *name = json_string_at(req->params, "name");
	const struct mcp_tool *tool;
	struct mcp_call *call;

	tool = name == NULL ? NULL : find(req->peer->info, name);
	if (name == NULL)
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "name: expected the name of a tool");
	else if (tool == NULL)
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "unknown tool '%.100s'; tools/list has them all", name);
	else if (!call_full(req)) {
		call = call_new(req, "tools/call", run);
		call->tool = tool;
		mcp_call_finish(call, start(call, req->params));
	}
}
