/*
 * Questions to clients of the era of initialize: requests of ours, whose
 * answers are gathered before the handler is called again.
 */
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"
#include "mcp/ask.h"
#include "mcp/call.h"

struct mcp_asked {
	LIST_ENTRY(mcp_asked) entry;
	char *key;
	char *id; /* of our request, as JSON text */
};

static void
asked_free(struct mcp_asked *asked)
{
	LIST_REMOVE(asked, entry);
	free(asked->key);
	free(asked->id);
	free(asked);
}

static void
send_one(struct mcp_call *call, const struct mcp_ask *ask)
{
	struct mcp_asked *asked = xcalloc(1, sizeof(*asked));
	struct mcp_peer *peer = call->peer;
	char *id;

	id = xasprintf("%s-%u", peer->asker, ++peer->asked);
	asked->id = xasprintf("\"%s\"", id);
	asked->key = xstrdup(ask->key);
	LIST_INSERT_HEAD(&call->asked, asked, entry);
	peer_ask(peer, asked->id, ask_published(ask, call->version, id));
	free(id);
}

struct mcp_reply
asked_send(struct mcp_call *call, const struct mcp_ask *asks, size_t n,
    const char *state)
{
	char *kept = state == NULL ? NULL : xstrdup(state);
	size_t i;

	if (++call->rounds > CALL_MAX_ROUNDS) {
		free(kept);
		return mcp_reply_error(call, MCP_INTERNAL_ERROR,
		    "asked %d times without an answer to go on with",
		    CALL_MAX_ROUNDS);
	}
	free(call->state);
	call->state = kept;
	for (i = 0; i < n; i++)
		send_one(call, &asks[i]);
	return mcp_reply_later(call, NULL, NULL);
}

void
asked_withdraw(struct mcp_call *call)
{
	struct json_object *params;
	struct mcp_asked *asked, *next;

	for (asked = LIST_FIRST(&call->asked); asked != NULL; asked = next) {
		next = LIST_NEXT(asked, entry);
		params = json_object_new_object();
		json_add_text(params, "requestId", asked->id);
		json_add_string(params, "reason", "the call has ended");
		peer_notify(call->peer, "notifications/cancelled", params);
		asked_free(asked);
	}
}

static struct mcp_asked *
find(struct mcp_peer *peer, const char *id, struct mcp_call **call)
{
	struct mcp_asked *asked;

	LIST_FOREACH(*call, &peer->calls, entry)
		LIST_FOREACH(asked, &(*call)->asked, entry)
			if (rpc_same_id(asked->id, id))
				return asked;
	return NULL;
}

/* The client refuses to ask: it would refuse again. */
static struct mcp_reply
refused(struct mcp_call *call, struct json_object *error)
{
	const char *message = json_string_at(error, "message");
	struct mcp_reply reply;
	char *text;

	text = xasprintf("the client did not put the question to its user: %s",
	    message == NULL ? "its answer cannot be used" : message);
	if (call->tool != NULL)
		reply = mcp_reply_failure(call, text);
	else
		reply = mcp_reply_error(call, MCP_INTERNAL_ERROR, "%s", text);
	free(text);
	return reply;
}

void
asked_answered(struct mcp_peer *peer, const struct rpc_message *msg, size_t len)
{
	struct json_object *answer = json_object_at(msg->root, "result");
	struct mcp_asked *asked;
	struct mcp_reply reply;
	struct mcp_call *call;

	if (msg->id == NULL || question_answered(peer, msg, len))
		return;
	asked = find(peer, msg->id, &call);
	if (asked == NULL)
		return;
	if (len > CALL_MAX_ANSWER_BYTES)
		answer = NULL;
	if (answer != NULL) {
		if (call->answers == NULL)
			call->answers = json_object_new_object();
		json_add(call->answers, asked->key, json_object_get(answer));
	}
	asked_free(asked);
	if (answer == NULL)
		reply = refused(call, json_member(msg->root, "error"));
	else if (LIST_EMPTY(&call->asked))
		reply = call->run(call);
	else
		return;
	mcp_call_finish(call, reply);
}
