/*
 * prompts/list and prompts/get.
 */
#include <string.h>

#include "common/error.h"
#include "json/json.h"
#include "json/schema.h"
#include "mcp/call.h"
#include "mcp/methods.h"
#include "mcp/prompts.h"

#define LIST_TTL_MS 3600000

static struct json_object *
arguments(const struct field *field)
{
	struct json_object *list = json_object_new_array(), *item;

	for (; field != NULL && field->type != FIELD_END; field++) {
		item = json_object_new_object();
		json_add_string(item, "name", field->name);
		if (field->help != NULL)
			json_add_string(item, "description", field->help);
		if (field->required)
			json_add_bool(item, "required", true);
		json_object_array_add(list, item);
	}
	return list;
}

static struct json_object *
publish(const struct mcp_prompt *prompt)
{
	struct json_object *item = json_object_new_object();

	json_add_string(item, "name", prompt->name);
	if (prompt->title != NULL)
		json_add_string(item, "title", prompt->title);
	json_add_string(item, "description", prompt->description);
	json_add(item, "arguments", arguments(prompt->fields));
	return item;
}

void
prompts_list(const struct mcp_request *req)
{
	const struct mcp_info *info = req->peer->info;
	const struct mcp_prompt *const *prompt;
	struct json_object *result, *list;

	if (!peer_first_page(req))
		return;
	list = json_object_new_array();
	for (prompt = info->prompts; *prompt != NULL; prompt++)
		json_object_array_add(list, publish(*prompt));
	result = json_object_new_object();
	json_add(result, "prompts", list);
	peer_cacheable(req, result,
	    (info->changing & MCP_LIST_PROMPTS) != 0 ? 0 : LIST_TTL_MS, true);
	peer_result(req, result);
}

const struct mcp_prompt *
prompts_find(const struct mcp_info *info, const char *name)
{
	const struct mcp_prompt *const *prompt = info->prompts;

	for (; prompt != NULL && name != NULL && *prompt != NULL; prompt++)
		if (strcmp((*prompt)->name, name) == 0)
			return *prompt;
	return NULL;
}

static struct mcp_reply
run(struct mcp_call *call)
{
	return call->prompt->get(call, call->args);
}

static struct mcp_reply
start(struct mcp_call *call, struct json_object *params)
{
	static const struct field none[] = {
		END_OF_FIELDS,
	};
	const struct mcp_prompt *prompt = call->prompt;
	struct error err;

	error_clear(&err);
	call_args(call, prompt->fields == NULL ? none : prompt->fields,
	    prompt->size);
	schema_decode_call(call->fields, json_member(params, "arguments"),
	    call->args, &err);
	if (err.code != ERR_NONE)
		return mcp_reply_error(call, MCP_INVALID_PARAMS, "%s: %s",
		    prompt->name, err.text);
	return ask_run(call, params);
}

void
prompts_get(const struct mcp_request *req)
{
	const char *name = json_string_at(req->params, "name");
	const struct mcp_prompt *prompt = prompts_find(req->peer->info, name);
	struct mcp_call *call;

	if (name == NULL)
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "name: expected the name of a prompt");
	else if (prompt == NULL)
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "unknown prompt '%.100s'; prompts/list has them all", name);
	else if (!call_full(req)) {
		call = call_new(req, "prompts/get", run);
		call->prompt = prompt;
		mcp_call_finish(call, start(call, req->params));
	}
}

struct mcp_reply
mcp_reply_messages(struct mcp_call *call, const char *description,
    const struct mcp_message *messages, size_t n)
{
	struct json_object *result = json_object_new_object();
	struct json_object *list = json_object_new_array(), *item;
	size_t i;

	json_add_string(result, "description",
	    description == NULL ? call->prompt->description : description);
	for (i = 0; i < n; i++) {
		item = json_object_new_object();
		json_add_string(item, "role",
		    messages[i].assistant ? "assistant" : "user");
		json_add(item, "content",
		    content_block(&messages[i].content, call->version));
		json_object_array_add(list, item);
	}
	json_add(result, "messages", list);
	return call_answer(call, result);
}
