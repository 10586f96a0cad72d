/*
 * Asking in the middle of a call, in both eras.  Since 2026-07-28 what is
 * asked is the answer of the call, and the client sends its request again
 * (basic/patterns/mrtr).  Before, each ask is a request of ours, and the
 * handler is called again when all of them are answered.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"
#include "mcp/ask.h"
#include "mcp/call.h"
#include "mcp/client_request.h"
#include "mcp/state.h"

static const struct {
	const char *method;
	unsigned needs;
} kinds[] = {
	[MCP_ASK_FORM] = { "elicitation/create", MCP_CAN_FORM },
	[MCP_ASK_URL] = { "elicitation/create", MCP_CAN_URL },
	[MCP_ASK_SAMPLE] = { "sampling/createMessage", MCP_CAN_SAMPLE },
	[MCP_ASK_ROOTS] = { "roots/list", MCP_CAN_ROOTS },
};

unsigned
ask_needs(const struct mcp_ask *ask)
{
	return kinds[ask->kind].needs;
}

/*
 * The member mode came with 2025-11-25, and elicitationId is in that version
 * only.
 */
static struct json_object *
elicitation(const struct mcp_ask *ask, const char *version, const char *id)
{
	struct json_object *params = json_object_new_object();

	if (strcmp(version, "2025-11-25") >= 0)
		json_add_string(params, "mode",
		    ask->kind == MCP_ASK_URL ? "url" : "form");
	json_add_string(params, "message", ask->message);
	if (ask->kind == MCP_ASK_FORM)
		json_add_text(params, "requestedSchema", ask->schema);
	else {
		json_add_string(params, "url", ask->url);
		if (strcmp(version, MCP_MODERN) < 0)
			json_add_string(params, "elicitationId", id);
	}
	return params;
}

struct json_object *
ask_published(const struct mcp_ask *ask, const char *version, const char *id)
{
	struct json_object *request = json_object_new_object();

	json_add_string(request, "method", kinds[ask->kind].method);
	switch (ask->kind) {
	case MCP_ASK_FORM:
	case MCP_ASK_URL:
		json_add(request, "params", elicitation(ask, version, id));
		break;
	case MCP_ASK_SAMPLE:
		json_add_text(request, "params", ask->params);
		break;
	case MCP_ASK_ROOTS:
		json_add(request, "params", json_object_new_object());
		break;
	}
	return request;
}

static struct mcp_reply
ask_by_result(struct mcp_call *call, const struct mcp_ask *asks, size_t n,
    const char *state)
{
	struct json_object *result = json_object_new_object();
	struct json_object *requests = json_object_new_object();
	char *about, *text;
	size_t i;

	for (i = 0; i < n; i++)
		json_add(requests, asks[i].key,
		    ask_published(&asks[i], call->version, NULL));
	json_add_string(result, "resultType", "input_required");
	json_add(result, "inputRequests", requests);
	if (state != NULL) {
		about = call_about(call);
		text = state_sign(call->peer->info->key, state, about);
		json_add_string(result, "requestState", text);
		free(text);
		free(about);
	}
	return call_answer(call, result);
}

/* The asks of one call that are on their way as requests of ours. */
struct round {
	struct mcp_call *call;
	size_t unanswered;
	size_t n;
	struct sent {
		struct round *round;
		struct client_request *request;
		char *key;
	} sent[CALL_MAX_ASKS];
};

/* The end of a round: its call was cancelled, or goes on. */
static void
round_free(void *arg)
{
	struct round *round = arg;
	size_t i;

	for (i = 0; i < round->n; i++) {
		client_request_free(round->sent[i].request);
		free(round->sent[i].key);
	}
	free(round);
}

/* A client that refused to ask would do so again, so the call fails. */
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

static void
answered(void *arg, struct json_object *result, struct json_object *error)
{
	const struct sent *sent = arg;
	struct round *round = sent->round;
	struct mcp_call *call = round->call;

	if (result == NULL)
		mcp_call_finish(call, refused(call, error));
	else {
		if (call->answers == NULL)
			call->answers = json_object_new_object();
		json_add(call->answers, sent->key, json_object_get(result));
		if (--round->unanswered > 0)
			return;
		call->cancelled = NULL;
		mcp_call_finish(call, call->run(call));
	}
	round_free(round);
}

static void
send_one(struct round *round, const struct mcp_ask *ask)
{
	struct mcp_call *call = round->call;
	struct sent *sent = &round->sent[round->n++];
	char *id = client_request_id(call->peer);

	round->unanswered++;
	sent->round = round;
	sent->key = xstrdup(ask->key);
	sent->request = client_request_new(call->peer, id, false,
	    ask_published(ask, call->version, id), "the call has ended",
	    answered, sent);
	free(id);
}

static struct mcp_reply
ask_by_requests(struct mcp_call *call, const struct mcp_ask *asks, size_t n,
    const char *state)
{
	char *kept = state == NULL ? NULL : xstrdup(state);
	struct round *round;
	size_t i;

	if (++call->rounds > CALL_MAX_ROUNDS) {
		free(kept);
		return mcp_reply_error(call, MCP_INTERNAL_ERROR,
		    "asked %d times without a usable answer", CALL_MAX_ROUNDS);
	}
	free(call->state);
	call->state = kept; /* the state given may be the one kept so far */
	round = xcalloc(1, sizeof(*round));
	round->call = call;
	for (i = 0; i < n; i++)
		send_one(round, &asks[i]);
	json_object_put(call->answers); /* of the round before */
	call->answers = NULL;
	return mcp_reply_later(call, round_free, round);
}

struct mcp_reply
mcp_reply_ask(struct mcp_call *call, const struct mcp_ask *asks, size_t n,
    const char *state)
{
	unsigned wanted = 0;
	size_t i;

	assert(n > 0 && n <= CALL_MAX_ASKS);
	assert(state == NULL || call->peer->info->key != NULL);
	for (i = 0; i < n; i++)
		wanted |= ask_needs(&asks[i]);
	if (!mcp_call_can(call, wanted))
		return mcp_reply_lacks(call, wanted);
	if (call->modern)
		return ask_by_result(call, asks, n, state);
	return ask_by_requests(call, asks, n, state);
}

/* Takes what the client answered.  False: the state with it is none of ours. */
static bool
resume(struct mcp_call *call, struct json_object *params)
{
	const char *text = json_string_at(params, "requestState");
	const struct mcp_key *key = call->peer->info->key;
	char *about;

	call->answers = json_object_get(json_object_at(params,
	    "inputResponses"));
	if (json_member(params, "requestState") == NULL)
		return true;
	if (text == NULL || key == NULL)
		return false;
	about = call_about(call);
	call->state = state_verify(key, text, about);
	free(about);
	return call->state != NULL;
}

struct mcp_reply
ask_run(struct mcp_call *call, struct json_object *params)
{
	if (call->modern && !resume(call, params))
		return mcp_reply_error(call, MCP_INVALID_PARAMS,
		    "requestState: not one of ours for this request, or older "
		    "than an hour; begin again without it");
	return call->run(call);
}

const char *
mcp_call_state(const struct mcp_call *call)
{
	return call->state;
}

struct json_object *
mcp_call_answers(const struct mcp_call *call)
{
	return call->answers;
}

enum mcp_action
ask_action(struct json_object *result, struct json_object **content)
{
	const char *action = json_string_at(result, "action");

	if (content != NULL)
		*content = NULL;
	if (action == NULL)
		return MCP_UNANSWERED;
	if (strcmp(action, "decline") == 0)
		return MCP_DECLINE;
	if (strcmp(action, "cancel") == 0)
		return MCP_CANCEL;
	if (strcmp(action, "accept") != 0)
		return MCP_UNANSWERED;
	if (content != NULL)
		*content = json_object_at(result, "content");
	return MCP_ACCEPT;
}

enum mcp_action
mcp_answer(struct json_object *answers, const char *key,
    struct json_object **content)
{
	return ask_action(json_object_at(answers, key), content);
}
