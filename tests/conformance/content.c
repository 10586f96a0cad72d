/*
 * Tools that show one kind of content each, or one way to fail.
 */
#include <json-c/json.h>

#include "tests/conformance/fixtures.h"

static struct mcp_reply
blocks(struct mcp_call *call, const struct mcp_content *content, size_t n)
{
	const struct mcp_result result = { .content = content, .n = n };

	return mcp_reply_result(call, &result);
}

#define BLOCKS(call, content) \
	blocks(call, content, sizeof(content) / sizeof(*(content)))

static struct mcp_reply
simple_text(struct mcp_call *call, const void *args)
{
	(void)args;
	return mcp_reply_text(call,
	    "This is a simple text response for testing.");
}

static struct mcp_reply
image(struct mcp_call *call, const void *args)
{
	const struct mcp_content content[] = { { .type = MCP_IMAGE,
	    .mime = "image/png",
	    .data = fixture_png,
	    .len = fixture_png_len } };

	(void)args;
	return BLOCKS(call, content);
}

static struct mcp_reply
audio(struct mcp_call *call, const void *args)
{
	const struct mcp_content content[] = { { .type = MCP_AUDIO,
	    .mime = "audio/wav",
	    .data = fixture_wav,
	    .len = fixture_wav_len } };

	(void)args;
	return BLOCKS(call, content);
}

static struct mcp_reply
embedded(struct mcp_call *call, const void *args)
{
	static const struct mcp_content content[] = { { .type = MCP_EMBEDDED,
	    .uri = "test://embedded-resource",
	    .mime = "text/plain",
	    .text = "This is an embedded resource content." } };

	(void)args;
	return BLOCKS(call, content);
}

static struct mcp_reply
mixed(struct mcp_call *call, const void *args)
{
	const struct mcp_content content[] = {
		{ .type = MCP_TEXT, .text = "Multiple content types test:" },
		{ .type = MCP_IMAGE,
		    .mime = "image/png",
		    .data = fixture_png,
		    .len = fixture_png_len },
		{ .type = MCP_EMBEDDED,
		    .uri = "test://mixed-content-resource",
		    .mime = "application/json",
		    .text = "{\"test\":\"data\",\"value\":123}" },
	};

	(void)args;
	return BLOCKS(call, content);
}

static struct mcp_reply
failing(struct mcp_call *call, const void *args)
{
	(void)args;
	return mcp_reply_failure(call,
	    "This tool intentionally returns an error for testing");
}

static struct mcp_reply
logging(struct mcp_call *call, const void *args)
{
	(void)args;
	mcp_call_log(call, MCP_INFO, "one line");
	return mcp_reply_text(call, "done");
}

static struct mcp_reply
missing_capability(struct mcp_call *call, const void *args)
{
	(void)args;
	if (!mcp_call_can(call, MCP_CAN_SAMPLE))
		return mcp_reply_lacks(call, MCP_CAN_SAMPLE);
	return mcp_reply_text(call, "ok");
}

static struct mcp_reply
structured(struct mcp_call *call, const void *args)
{
	static const struct mcp_content content[] = {
		{ .type = MCP_TEXT, .text = "{\"machine\":42}" },
		{ .type = MCP_LINK,
		    .uri = "test://static-text",
		    .name = "static-text",
		    .description = "A link.",
		    .mime = "text/plain" },
	};
	struct json_object *object = json_object_new_object();
	const struct mcp_result result = { .content = content,
		.n = 2,
		.structured = object };
	struct mcp_reply reply;

	(void)args;
	json_object_object_add(object, "machine", json_object_new_int(42));
	reply = mcp_reply_result(call, &result);
	json_object_put(object);
	return reply;
}

static struct mcp_reply
tool_change(struct mcp_call *call, const void *args)
{
	(void)args;
	fixtures_toggle(MCP_LIST_TOOLS);
	return mcp_reply_text(call, "ok");
}

static struct mcp_reply
prompt_change(struct mcp_call *call, const void *args)
{
	(void)args;
	fixtures_toggle(MCP_LIST_PROMPTS);
	return mcp_reply_text(call, "ok");
}

static struct mcp_reply
resource_change(struct mcp_call *call, const void *args)
{
	(void)args;
	fixture_resource_changed();
	return mcp_reply_text(call, "ok");
}

/* clang-format off */
#define ANY "{\"type\":\"object\",\"properties\":{}}"
#define SIMPLE(n, text, fn) \
	&(const struct mcp_tool){ .name = n, .description = text, \
	    .schema = ANY, .call = fn }

static const char schema_2020_12[] =
    "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
    "\"type\":\"object\",\"$defs\":{\"address\":{\"$anchor\":\"addressDef\","
    "\"type\":\"object\",\"properties\":{\"street\":{\"type\":\"string\"},"
    "\"city\":{\"type\":\"string\"}}}},\"properties\":{"
    "\"name\":{\"type\":\"string\"},"
    "\"address\":{\"$ref\":\"#/$defs/address\"},"
    "\"contactMethod\":{\"type\":\"string\",\"enum\":[\"phone\",\"email\"]},"
    "\"phone\":{\"type\":\"string\"},\"email\":{\"type\":\"string\"}},"
    "\"allOf\":[{\"anyOf\":[{\"required\":[\"phone\"]},"
    "{\"required\":[\"email\"]}]}],"
    "\"if\":{\"properties\":{\"contactMethod\":{\"const\":\"phone\"}},"
    "\"required\":[\"contactMethod\"]},\"then\":{\"required\":[\"phone\"]},"
    "\"else\":{\"required\":[\"email\"]},\"additionalProperties\":false}";

const struct mcp_tool *const content_tools[] = {
	&(const struct mcp_tool){ .name = "test_simple_text",
	    .description = "A text.", .flags = MCP_READ_ONLY, .schema = ANY,
	    .call = simple_text },
	SIMPLE("test_image_content", "An image.", image),
	SIMPLE("test_audio_content", "A sound.", audio),
	SIMPLE("test_embedded_resource", "A resource.", embedded),
	SIMPLE("test_multiple_content_types", "Text, image, resource.", mixed),
	SIMPLE("test_error_handling", "Fails.", failing),
	SIMPLE("test_logging_tool", "Logs a line.", logging),
	SIMPLE("test_missing_capability", "Needs sampling.",
	    missing_capability),
	SIMPLE("test_trigger_tool_change", "Changes the list of tools.",
	    tool_change),
	SIMPLE("test_trigger_prompt_change", "Changes the list of prompts.",
	    prompt_change),
	SIMPLE("test_trigger_resource_change", "Changes a resource.",
	    resource_change),
	&(const struct mcp_tool){ .name = "json_schema_2020_12_tool",
	    .description = "A schema with everything in it.",
	    .schema = schema_2020_12, .call = simple_text },
	&(const struct mcp_tool){ .name = "structured",
	    .title = "Structured", .description = "Structured content.",
	    .schema = ANY,
	    .output_schema = "{\"type\":\"object\",\"properties\":{"
	    "\"machine\":{\"type\":\"integer\"}},\"required\":[\"machine\"]}",
	    .call = structured },
	NULL,
};
