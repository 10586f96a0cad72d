/*
 * Reading JSON-RPC messages.  See message.h.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/message.h"
#include "common/error.h"
#include "common/mem.h"

static const struct {
	const char *name;
	enum method method;
} methods[] = {
	{ "ccproc/died", METHOD_DIED },
	{ "ccproc/taken", METHOD_TAKEN },
	{ "ccproc/taking", METHOD_TAKING },
	{ "initialize", METHOD_INITIALIZE },
	{ "logging/setLevel", METHOD_SET_LEVEL },
	{ "notifications/cancelled", METHOD_CANCELLED },
	{ "notifications/initialized", METHOD_INITIALIZED },
	{ "notifications/subscriptions/acknowledged", METHOD_ACKNOWLEDGED },
	{ "resources/subscribe", METHOD_SUBSCRIBE },
	{ "resources/unsubscribe", METHOD_UNSUBSCRIBE },
	{ "subscriptions/listen", METHOD_LISTEN },
	{ "tools/call", METHOD_TOOLS_CALL },
};

static enum method
method_named(struct jsonspan name)
{
	size_t i;

	if (name.at == NULL)
		return METHOD_NONE;
	for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
		if (jsonscan_is(name, methods[i].name))
			return methods[i].method;
	}
	return METHOD_OTHER;
}

static struct jsonspan
member(struct jsonspan object, const char *name)
{
	struct jsonspan found = { NULL, 0 };

	if (object.at != NULL)
		jsonscan_members(object, &name, &found, 1);
	return found;
}

bool
message_read(struct jsonspan text, struct message *msg)
{
	static const char *const names[] = { "id", "method", "params",
		"error" };
	struct jsonspan found[4];
	struct error ignored;

	if (jsonscan_check(text.at, text.len, &ignored) != 0 ||
	    jsonscan_type(text) != '{')
		return false;
	jsonscan_members(text, names, found, 4);
	memset(msg, 0, sizeof(*msg));
	msg->text = text;
	msg->id = found[0];
	msg->method = method_named(found[1]);
	msg->failed = found[3].at != NULL;
	if (msg->method == METHOD_CANCELLED)
		msg->about = member(found[2], "requestId");
	else if (msg->method == METHOD_SUBSCRIBE ||
	    msg->method == METHOD_UNSUBSCRIBE)
		msg->about = member(found[2], "uri");
	else if (msg->method == METHOD_TAKING || msg->method == METHOD_TAKEN ||
	    msg->method == METHOD_DIED)
		msg->about = member(found[2], "ordinal");
	else if (msg->method == METHOD_TOOLS_CALL)
		msg->about = member(found[2], "name");
	else if (msg->method == METHOD_ACKNOWLEDGED)
		msg->about = member(member(found[2], "_meta"),
		    "io.modelcontextprotocol/subscriptionId");
	return true;
}

uint64_t
message_ordinal(const struct message *msg)
{
	uint64_t ordinal = 0;
	size_t i;

	for (i = 0; msg->about.at != NULL && i < msg->about.len &&
	     msg->about.at[i] >= '0' && msg->about.at[i] <= '9';
	     i++)
		ordinal = ordinal * 10 + (uint64_t)(msg->about.at[i] - '0');
	return ordinal;
}

const char *
message_tool(const struct message *msg, char *name, size_t size)
{
	if (msg->method != METHOD_TOOLS_CALL ||
	    jsonscan_type(msg->about) != '"' ||
	    !jsonscan_string(msg->about, name, size))
		return NULL;
	return name;
}

bool
message_next(struct jsonspan batch, size_t *pos, struct message *msg)
{
	struct jsonspan element;

	while (jsonscan_next(batch, pos, NULL, &element))
		if (message_read(element, msg))
			return true;
	return false;
}

bool
message_is_request(const struct message *msg)
{
	return msg->id.at != NULL && msg->method != METHOD_NONE;
}

static bool
has_escapes(struct jsonspan string)
{
	return memchr(string.at, '\\', string.len) != NULL;
}

/* For strings that are spelled differently: "\u0061" and "a". */
static bool
same_string(struct jsonspan a, struct jsonspan b)
{
	char *text = xcalloc(1, a.len + 1);
	bool same;

	same = jsonscan_string(a, text, a.len + 1) && jsonscan_is(b, text);
	free(text);
	return same;
}

bool
message_same_id(struct jsonspan a, struct jsonspan b)
{
	if (a.at == NULL || b.at == NULL)
		return false;
	if (a.len == b.len && memcmp(a.at, b.at, a.len) == 0)
		return true;
	return jsonscan_type(a) == '"' && jsonscan_type(b) == '"' &&
	    (has_escapes(a) || has_escapes(b)) && same_string(a, b);
}
