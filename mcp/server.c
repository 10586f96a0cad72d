/*
 * Takes the lines of a connection and finds the era and the method of each
 * message.  Which file has a method stands in methods.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/jsonscan.h"
#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"
#include "mcp/batch.h"
#include "mcp/call.h"
#include "mcp/client_request.h"
#include "mcp/debug.h"
#include "mcp/features.h"
#include "mcp/methods.h"
#include "mcp/notices.h"

enum era { LEGACY = 1, MODERN = 2, BOTH = LEGACY | MODERN };

/*
 * A method whose feature the server does not offer is as unknown as any other.
 */
static const struct method {
	const char *name;
	unsigned eras;
	unsigned needs; /* of enum feature */
	void (*run)(const struct mcp_request *req);
} methods[] = {
	{ "completion/complete", BOTH, FEATURE_COMPLETE, complete },
	{ "initialize", LEGACY, FEATURE_ANY, eras_initialize },
	{ "logging/setLevel", LEGACY, FEATURE_LOGS, logging_set_level },
	{ "ping", LEGACY, FEATURE_ANY, eras_ping },
	{ "prompts/get", BOTH, FEATURE_PROMPTS, prompts_get },
	{ "prompts/list", BOTH, FEATURE_PROMPTS, prompts_list },
	{ "resources/list", BOTH, FEATURE_RESOURCES, resources_list },
	{ "resources/read", BOTH, FEATURE_RESOURCES, resources_read },
	{ "resources/subscribe", LEGACY, FEATURE_SUBSCRIBE, watch_subscribe },
	{ "resources/templates/list", BOTH, FEATURE_RESOURCES,
	    resources_templates },
	{ "resources/unsubscribe", LEGACY, FEATURE_SUBSCRIBE,
	    watch_unsubscribe },
	{ "server/discover", MODERN, FEATURE_ANY, eras_discover },
	{ "subscriptions/listen", MODERN, FEATURE_ANY, listen_open },
	{ "tasks/cancel", MODERN, FEATURE_TASKS, tasks_cancel },
	{ "tasks/get", MODERN, FEATURE_TASKS, tasks_get },
	{ "tasks/update", MODERN, FEATURE_TASKS, tasks_update },
	{ "tools/call", BOTH, FEATURE_TOOLS, tools_call },
	{ "tools/list", BOTH, FEATURE_TOOLS, tools_list },
	{ NULL, 0, 0, NULL },
};

struct mcp_peer *
mcp_peer_new(const struct mcp_info *info,
    void (*send)(void *user, char *line, size_t len), void *user)
{
	struct mcp_peer *peer = xcalloc(1, sizeof(*peer));

	peer->info = info;
	peer->send = send;
	peer->user = user;
	peer->next = 1;
	peer->level = MCP_INFO;
	LIST_INIT(&peer->calls);
	LIST_INIT(&peer->requests);
	LIST_INIT(&peer->listens);
	LIST_INIT(&peer->watches);
	changes_add(peer);
	return peer;
}

void
mcp_peer_on_handling(struct mcp_peer *peer,
    bool (*handling)(void *user, uint64_t ordinal, enum mcp_handling stage))
{
	peer->handling = handling;
}

void
mcp_peer_number_from(struct mcp_peer *peer, uint64_t ordinal,
    const struct mcp_replay *replays, size_t n)
{
	peer->next = ordinal;
	peer->replays = replays;
	peer->nreplays = n;
}

static void
number(struct mcp_peer *peer)
{
	if (peer->nreplays > 0) {
		peer->replay = peer->replays++;
		peer->nreplays--;
		peer->ordinal = peer->replay->ordinal;
	} else {
		peer->replay = NULL;
		peer->ordinal = peer->next++;
	}
}

void
mcp_peer_free(struct mcp_peer *peer)
{
	if (peer == NULL)
		return;
	peer->closing = true;
	while (!LIST_EMPTY(&peer->calls))
		call_cancel(peer, LIST_FIRST(&peer->calls)->id);
	client_request_drop_all(peer);
	while (!LIST_EMPTY(&peer->listens))
		listen_free(peer, LIST_FIRST(&peer->listens));
	watch_remove_all(peer, NULL);
	changes_remove(peer);
	free(peer);
}

/* The id is cut from the line, because ids are compared as they are written. */
static void
cancelled(struct mcp_peer *peer, const char *line, size_t len)
{
	static const char *const params[] = { "params" };
	static const char *const id[] = { "requestId" };
	struct jsonspan whole = { line, len }, found;
	char *text;

	jsonscan_members(whole, params, &found, 1);
	if (found.at == NULL || jsonscan_type(found) != '{')
		return;
	whole = found;
	jsonscan_members(whole, id, &found, 1);
	if (found.at == NULL)
		return;
	text = xstrndup(found.at, found.len);
	if (!call_cancel(peer, text))
		listen_cancel(peer, text);
	free(text);
}

static bool
in_flight(const struct mcp_peer *peer, const char *id)
{
	const struct mcp_call *call;
	const struct mcp_listen *listen;

	LIST_FOREACH(call, &peer->calls, entry)
		if (rpc_same_id(call->id, id))
			return true;
	LIST_FOREACH(listen, &peer->listens, entry)
		if (rpc_same_id(listen->id, id))
			return true;
	return false;
}

static void
run(const struct mcp_request *req, const char *name)
{
	const struct method *m;
	unsigned era = req->modern ? MODERN : LEGACY;
	unsigned have = features(req->peer->info);

	for (m = methods; m->name != NULL; m++)
		if (strcmp(m->name, name) == 0 && (m->eras & era) != 0 &&
		    (m->needs & ~have) == 0) {
			m->run(req);
			return;
		}
	peer_error(req, RPC_METHOD_NOT_FOUND, NULL, "unknown method '%.100s'",
	    name);
}

static void
dispatch_modern(struct mcp_request *req, const char *method)
{
	if (req->batch != NULL)
		peer_error(req, RPC_INVALID_REQUEST, NULL,
		    "there are no batches in " MCP_MODERN
		    "; send one request a line");
	else if (eras_accept(req)) {
		req->abilities = abilities(json_object_at(req->meta,
		    MCP_PREFIX "clientCapabilities"));
		run(req, method);
	}
}

static void
request(struct mcp_request *req, const struct rpc_message *msg)
{
	struct mcp_peer *peer = req->peer;

	req->params = msg->params;
	req->meta = json_object_at(msg->params, "_meta");
	req->modern = eras_modern(msg->method, req->meta);
	peer->modern = req->modern;
	req->abilities = peer->abilities;
	if (in_flight(peer, msg->id))
		peer_error(req, RPC_INVALID_REQUEST, NULL,
		    "a request with id %.100s is still open; use another id",
		    msg->id);
	else if (req->modern)
		dispatch_modern(req, msg->method);
	else if (peer->version != NULL || strcmp(msg->method, "ping") == 0 ||
	    strcmp(msg->method, "initialize") == 0)
		run(req, msg->method);
	else
		peer_error(req, RPC_INVALID_PARAMS, eras_supported(),
		    "_meta[\"io.modelcontextprotocol/protocolVersion\"] is "
		    "required, or send initialize first");
}

static void
notification(struct mcp_peer *peer, const char *method, const char *line,
    size_t len)
{
	if (strcmp(method, "notifications/cancelled") == 0)
		cancelled(peer, line, len);
	else if (strcmp(method, "notifications/initialized") == 0) {
		peer->ready = peer->version != NULL;
		if (peer->ready && peer->info->ready != NULL)
			peer->info->ready(peer, peer->user);
	}
}

static void
handle(struct mcp_request *req, const struct rpc_message *msg)
{
	struct mcp_peer *peer = req->peer;
	bool told = req->batch == NULL && peer->handling != NULL;

	peer->paused = false;
	if (told)
		peer->handling(peer->user, req->ordinal, MCP_TAKING);
	request(req, msg);
	if (told && !peer->paused)
		peer->handling(peer->user, req->ordinal, MCP_TAKEN);
}

/* Handles one message, on a line of its own or, with batch, in an array. */
static void
message(struct mcp_peer *peer, struct mcp_batch *batch, const char *line,
    size_t len)
{
	struct mcp_request req = { .peer = peer, .batch = batch };
	struct rpc_message msg;
	enum rpc_code code;
	struct error err;
	int result = rpc_parse(&msg, line, len, &code, &err);

	if (msg.numbered && batch == NULL)
		number(peer);
	req.ordinal = batch == NULL ? peer->ordinal : batch_ordinal(batch);
	req.id = msg.id;
	debug_in(&req, &msg, len);
	if (batch != NULL &&
	    (result != 0 || (msg.id != NULL && msg.method != NULL)))
		batch_expect(batch);
	if (result != 0)
		peer_error(&req, code, NULL, "%s", err.text);
	else if (msg.method == NULL)
		client_request_answered(peer, &msg, len);
	else if (msg.id != NULL)
		handle(&req, &msg);
	else
		notification(peer, msg.method, line, len);
	rpc_clear(&msg);
}

/* Batches were in the protocol from its first version until 2025-06-18. */
static bool
takes_batches(const struct mcp_peer *peer)
{
	return peer->version != NULL && strcmp(peer->version, "2025-06-18") < 0;
}

/* Whether a line is an array of no more messages than may be open at once. */
static bool
is_batch(const struct mcp_peer *peer, struct jsonspan line)
{
	struct jsonspan element;
	size_t n = 0, pos = 0;
	struct error err;

	if (!takes_batches(peer) || line.at[strspn(line.at, " \t\r")] != '[' ||
	    jsonscan_check(line.at, line.len, &err) != 0)
		return false;
	while (jsonscan_next(line, &pos, NULL, &element))
		n++;
	return n > 0 && n <= CLIENT_MAX_CALLS;
}

static void
batch_messages(struct mcp_peer *peer, struct jsonspan line)
{
	struct mcp_batch *batch = batch_new();
	struct jsonspan element;
	size_t pos = 0;

	batch_expect(batch); /* until all have been read */
	while (jsonscan_next(line, &pos, NULL, &element))
		message(peer, batch, element.at, element.len);
	peer_no_answer(peer, batch);
}

void
mcp_peer_line(struct mcp_peer *peer, const char *line, size_t len)
{
	struct jsonspan whole = { line, len };

	if (strspn(line, " \t\r") >= len) /* white space is no message */
		return;
	if (is_batch(peer, whole))
		batch_messages(peer, whole);
	else
		message(peer, NULL, line, len);
}
