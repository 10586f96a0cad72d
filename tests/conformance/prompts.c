/*
 * Prompts with and without arguments.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "json/schema.h"
#include "mcp/prompts.h"
#include "tests/conformance/fixtures.h"

static struct mcp_reply
simple(struct mcp_call *call, const void *args)
{
	static const struct mcp_message message = {
		.content = { .text = "This is a simple prompt for testing." }
	};

	(void)args;
	return mcp_reply_messages(call, NULL, &message, 1);
}

struct two {
	char *arg1;
	char *arg2;
};

static const struct field two_fields[] = {
	STRING(struct two, arg1, .required = true, .help = "The first."),
	STRING(struct two, arg2, .required = true, .help = "The second."),
	END_OF_FIELDS,
};

static struct mcp_reply
with_arguments(struct mcp_call *call, const void *arguments)
{
	const struct two *args = arguments;
	struct mcp_message message = { 0 };
	struct mcp_reply reply;
	char *text;

	text = xasprintf("Prompt with arguments: arg1='%s', arg2='%s'",
	    args->arg1, args->arg2);
	message.content.text = text;
	reply = mcp_reply_messages(call, NULL, &message, 1);
	free(text);
	return reply;
}

static void
complete(void *user, const struct mcp_completion *completion,
    struct mcp_values *values)
{
	static const char *const words[] = { "paris", "park", "party", "test",
		"testing", NULL };
	size_t i;

	(void)user;
	for (i = 0; words[i] != NULL; i++)
		if (strncmp(words[i], completion->typed,
			strlen(completion->typed)) == 0)
			mcp_values_add(values, words[i]);
}

struct one_uri {
	char *resourceUri;
};

static const struct field uri_fields[] = {
	STRING(struct one_uri, resourceUri, .required = true),
	END_OF_FIELDS,
};

static struct mcp_reply
with_resource(struct mcp_call *call, const void *arguments)
{
	const struct one_uri *args = arguments;
	const struct mcp_message messages[] = {
		{ .content = { .type = MCP_EMBEDDED,
		      .uri = args->resourceUri,
		      .mime = "text/plain",
		      .text = "Embedded resource content for testing." } },
		{ .content = { .text = "Please process the embedded resource "
				       "above." } },
	};

	return mcp_reply_messages(call, NULL, messages, 2);
}

static struct mcp_reply
with_image(struct mcp_call *call, const void *args)
{
	const struct mcp_message messages[] = {
		{ .content = { .type = MCP_IMAGE,
		      .mime = "image/png",
		      .data = fixture_png,
		      .len = fixture_png_len } },
		{ .content = { .text = "Please analyze the image above." } },
	};

	(void)args;
	return mcp_reply_messages(call, NULL, messages, 2);
}

static struct mcp_reply
asking(struct mcp_call *call, const void *args)
{
	static const struct mcp_ask ask = { .key = "user_context",
		.message = "What context should the prompt use?",
		.schema = STRING_FORM("context") };
	struct mcp_message message = { 0 };
	struct mcp_reply reply;
	char *text;

	(void)args;
	if (!fixture_answered(call, &ask, 1, NULL, &reply))
		return reply;
	text = xasprintf("Use this context: %s",
	    fixture_filled(call, ask.key, "context"));
	message.content.text = text;
	reply = mcp_reply_messages(call, NULL, &message, 1);
	free(text);
	return reply;
}

/* clang-format off */
const struct mcp_prompt *const fixture_prompts[] = {
	&(const struct mcp_prompt){ .name = "test_simple_prompt",
	    .description = "A text.", .get = simple },
	&(const struct mcp_prompt){ .name = "test_prompt_with_arguments",
	    .title = "Arguments", .description = "A text of two.",
	    .fields = two_fields, .size = sizeof(struct two),
	    .get = with_arguments, .complete = complete },
	&(const struct mcp_prompt){
	    .name = "test_prompt_with_embedded_resource",
	    .description = "A resource.", .fields = uri_fields,
	    .size = sizeof(struct one_uri), .get = with_resource },
	&(const struct mcp_prompt){ .name = "test_prompt_with_image",
	    .description = "An image.", .get = with_image },
	&(const struct mcp_prompt){
	    .name = "test_input_required_result_prompt",
	    .description = "Asks.", .get = asking },
	NULL,
};
