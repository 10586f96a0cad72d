/*
 * Content blocks as JSON.  A client that is too old for a kind of block gets
 * a text in its place (changelogs of 2025-03-26 and 2025-06-18).
 */
#include <string.h>

#include "common/base64.h"
#include "common/mem.h"
#include "json/json.h"
#include "mcp/call.h"
#include "mcp/content.h"

static const char *const type_names[] = {
	[MCP_TEXT] = "text",
	[MCP_IMAGE] = "image",
	[MCP_AUDIO] = "audio",
	[MCP_EMBEDDED] = "resource",
	[MCP_LINK] = "resource_link",
};

static void
add_base64(struct json_object *out, const char *key,
    const struct mcp_content *content)
{
	struct buf text = { 0 };

	base64_encode(&text, content->data, content->len);
	json_add(out, key,
	    json_object_new_string_len(text.data == NULL ? "" : text.data,
		(int)text.len));
	buf_clear(&text);
}

static void
add_known(struct json_object *out, const char *key, const char *value)
{
	if (value != NULL)
		json_add_string(out, key, value);
}

struct json_object *
content_resource(const struct mcp_content *content)
{
	struct json_object *resource = json_object_new_object();

	json_add_string(resource, "uri", content->uri);
	add_known(resource, "mimeType", content->mime);
	if (content->text != NULL)
		json_add_string(resource, "text", content->text);
	else
		add_base64(resource, "blob", content);
	return resource;
}

static void
fill(struct json_object *block, const struct mcp_content *content)
{
	switch (content->type) {
	case MCP_TEXT:
		json_add_string(block, "text",
		    content->text == NULL ? "" : content->text);
		break;
	case MCP_IMAGE:
	case MCP_AUDIO:
		add_base64(block, "data", content);
		json_add_string(block, "mimeType", content->mime);
		break;
	case MCP_EMBEDDED:
		json_add(block, "resource", content_resource(content));
		break;
	case MCP_LINK:
		json_add_string(block, "uri", content->uri);
		json_add_string(block, "name", content->name);
		add_known(block, "title", content->title);
		add_known(block, "description", content->description);
		add_known(block, "mimeType", content->mime);
		break;
	}
}

static bool
too_new(const struct mcp_content *content, const char *version)
{
	if (content->type == MCP_AUDIO)
		return strcmp(version, "2025-03-26") < 0;
	return content->type == MCP_LINK && strcmp(version, "2025-06-18") < 0;
}

struct json_object *
content_block(const struct mcp_content *content, const char *version)
{
	struct json_object *block = json_object_new_object();
	struct buf text = { 0 };

	if (!too_new(content, version)) {
		json_add_string(block, "type", type_names[content->type]);
		fill(block, content);
		return block;
	}
	if (content->type == MCP_LINK)
		buf_printf(&text, "[resource %s: %s]", content->name,
		    content->uri);
	else
		buf_printf(&text, "[audio, %s, %zu bytes]", content->mime,
		    content->len);
	json_add_string(block, "type", "text");
	json_add_string(block, "text", text.data);
	buf_clear(&text);
	return block;
}

struct json_object *
content_result(const struct mcp_result *result, const char *version)
{
	struct json_object *out = json_object_new_object();
	struct json_object *content = json_object_new_array();
	size_t i;

	for (i = 0; i < result->n; i++)
		json_object_array_add(content,
		    content_block(&result->content[i], version));
	json_add(out, "content", content);
	if (result->structured != NULL)
		json_add(out, "structuredContent",
		    json_object_get(result->structured));
	if (result->is_error)
		json_add_bool(out, "isError", true);
	return out;
}
