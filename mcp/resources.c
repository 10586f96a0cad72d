/*
 * resources/list, resources/templates/list and resources/read.  Notices of
 * changes are in watch.c.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "json/json.h"
#include "mcp/call.h"
#include "mcp/methods.h"
#include "mcp/resources.h"

/* Templates stay the same as long as the server lives. */
#define TEMPLATES_TTL_MS 3600000

struct mcp_page {
	struct json_object *items;
	char *next;
};

static void
add_known(struct json_object *out, const char *key, const char *value)
{
	if (value != NULL)
		json_add_string(out, key, value);
}

static struct json_object *
annotations(const struct mcp_resource *resource)
{
	struct json_object *out = json_object_new_object();

	json_add_time(out, "lastModified", resource->modified_ms);
	return out;
}

void
mcp_page_add(struct mcp_page *page, const struct mcp_resource *resource)
{
	struct json_object *item = json_object_new_object();

	json_add_string(item, "uri", resource->uri);
	json_add_string(item, "name", resource->name);
	add_known(item, "title", resource->title);
	add_known(item, "description", resource->description);
	add_known(item, "mimeType", resource->mime);
	if (resource->bytes > 0)
		json_add_int(item, "size", resource->bytes);
	if (resource->modified_ms > 0)
		json_add(item, "annotations", annotations(resource));
	json_object_array_add(page->items, item);
}

void
mcp_page_next(struct mcp_page *page, const char *cursor)
{
	free(page->next);
	page->next = xstrdup(cursor);
}

void
resources_list(const struct mcp_request *req)
{
	const struct mcp_peer *peer = req->peer;
	struct mcp_page page = { 0 };
	struct json_object *result;
	const char *cursor;

	if (!peer_cursor(req, &cursor))
		return;
	page.items = json_object_new_array();
	if (!peer->info->resources->list(peer->user, cursor, &page)) {
		json_object_put(page.items);
		free(page.next);
		peer_bad_cursor(req);
		return;
	}
	result = json_object_new_object();
	json_add(result, "resources", page.items);
	if (page.next != NULL)
		json_add_string(result, "nextCursor", page.next);
	free(page.next);
	peer_cacheable(req, result, 0, false);
	peer_result(req, result);
}

static struct json_object *
publish(const struct mcp_template *template)
{
	struct json_object *item = json_object_new_object();

	json_add_string(item, "uriTemplate", template->uri);
	json_add_string(item, "name", template->name);
	add_known(item, "title", template->title);
	add_known(item, "description", template->description);
	add_known(item, "mimeType", template->mime);
	return item;
}

void
resources_templates(const struct mcp_request *req)
{
	const struct mcp_template *template;
	struct json_object *result, *list;

	if (!peer_first_page(req))
		return;
	list = json_object_new_array();
	template = req->peer->info->resources->templates;
	for (; template != NULL && template->uri != NULL; template ++)
		json_object_array_add(list, publish(template));
	result = json_object_new_object();
	json_add(result, "resourceTemplates", list);
	peer_cacheable(req, result, TEMPLATES_TTL_MS, true);
	peer_result(req, result);
}

static struct mcp_reply
run(struct mcp_call *call)
{
	return call->peer->info->resources->read(call, call->uri);
}

void
resources_read(const struct mcp_request *req)
{
	const char *uri = json_string_at(req->params, "uri");
	struct mcp_call *call;

	if (uri == NULL)
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "uri: expected the URI of a resource");
	else if (strlen(uri) > MCP_URI_MAX_BYTES)
		resources_missing(req, uri);
	else if (!call_full(req)) {
		call = call_new(req, "resources/read", run);
		call->uri = xstrdup(uri);
		mcp_call_finish(call, ask_run(call, req->params));
	}
}

void
resources_missing(const struct mcp_request *req, const char *uri)
{
	struct json_object *data = json_object_new_object();

	json_add_string(data, "uri", uri);
	peer_error(req, req->modern ? RPC_INVALID_PARAMS : RPC_NO_RESOURCE,
	    data, "Resource not found: %.200s", uri);
}

struct mcp_reply
mcp_reply_no_resource(struct mcp_call *call)
{
	struct mcp_request req = call_request(call);

	resources_missing(&req, call->uri);
	return call_done(call);
}

struct mcp_reply
mcp_reply_contents(struct mcp_call *call, const struct mcp_content *contents,
    size_t n)
{
	struct json_object *result = json_object_new_object();
	struct json_object *list = json_object_new_array();
	struct mcp_request req = call_request(call);
	size_t i;

	for (i = 0; i < n; i++)
		json_object_array_add(list, content_resource(&contents[i]));
	json_add(result, "contents", list);
	peer_cacheable(&req, result, 0, false);
	return call_answer(call, result);
}
