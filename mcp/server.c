/*
 * A connection: one line in, dispatched by its own era to a method; answers
 * and notices out.  The methods are in modern.c, legacy.c and tools.c.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/json.h"
#include "common/jsonscan.h"
#include "common/limits.h"
#include "common/mem.h"
#include "mcp/peer.h"

enum era { LEGACY = 1, MODERN = 2 };

/* Ping and initialize are gone from 2026-07-28, discover came with it. */
static const struct method {
	const char *name;
	unsigned eras;
	void (*run)(const struct mcp_request *req);
} methods[] = {
	{ "initialize", LEGACY, legacy_initialize },
	{ "ping", LEGACY, legacy_ping },
	{ "server/discover", MODERN, modern_discover },
	{ "subscriptions/listen", MODERN, modern_listen },
	{ "tools/call", LEGACY | MODERN, tools_call },
	{ "tools/list", LEGACY | MODERN, tools_list },
	{ NULL, 0, NULL },
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
	LIST_INIT(&peer->calls);
	LIST_INIT(&peer->listens);
	return peer;
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
	while (!LIST_EMPTY(&peer->calls))
		call_cancel(peer, LIST_FIRST(&peer->calls)->id);
	while (!LIST_EMPTY(&peer->listens))
		modern_listen_free(LIST_FIRST(&peer->listens));
	free(peer);
}

/* The id is compared as it is written, so it is cut from the line. */
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
		modern_cancel_listen(peer, text);
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

	for (m = methods; m->name != NULL; m++)
		if (strcmp(m->name, name) == 0 && (m->eras & era) != 0) {
			m->run(req);
			return;
		}
	peer_error(req, RPC_METHOD_NOT_FOUND, NULL, "unknown method '%.100s'",
	    name);
}

static struct json_object *
supported(void)
{
	struct json_object *data = json_object_new_object();

	json_add(data, "supported", peer_versions(true));
	return data;
}

static void
request(struct mcp_peer *peer, const struct rpc_message *msg)
{
	struct mcp_request req = {
		.peer = peer,
		.id = msg->id,
		.params = msg->params,
		.meta = json_object_at(msg->params, "_meta"),
	};

	req.modern = modern_claims(msg->method, req.meta);
	if (in_flight(peer, msg->id))
		peer_error(&req, RPC_INVALID_REQUEST, NULL,
		    "a request with id %.100s is still open; use another id",
		    msg->id);
	else if (req.modern) {
		if (modern_accept(&req))
			run(&req, msg->method);
	} else if (peer->initialized || strcmp(msg->method, "ping") == 0 ||
	    strcmp(msg->method, "initialize") == 0)
		run(&req, msg->method);
	else
		peer_error(&req, RPC_INVALID_PARAMS, supported(),
		    "_meta[\"io.modelcontextprotocol/protocolVersion\"] is "
		    "required, or send initialize first");
}

void
mcp_peer_line(struct mcp_peer *peer, const char *line, size_t len)
{
	struct mcp_request req = { .peer = peer };
	struct rpc_message msg;
	enum rpc_code code;
	struct error err;
	int result = rpc_parse(&msg, line, len, &code, &err);

	if (msg.numbered)
		number(peer);
	if (result != 0) {
		req.id = msg.id;
		peer_error(&req, code, NULL, "%s", err.text);
	} else if (msg.method == NULL) {
		/* a response: we never ask, so nobody waits for it */
	} else if (msg.id != NULL)
		request(peer, &msg);
	else if (strcmp(msg.method, "notifications/cancelled") == 0)
		cancelled(peer, line, len);
	rpc_clear(&msg);
}

void
mcp_peer_goodbye(struct mcp_peer *peer)
{
	struct mcp_listen *listen;
	struct mcp_request req = { .peer = peer, .modern = true };
	struct json_object *result, *meta;

	while ((listen = LIST_FIRST(&peer->listens)) != NULL) {
		result = json_object_new_object();
		meta = json_object_new_object();
		json_add_text(meta, "io.modelcontextprotocol/subscriptionId",
		    listen->id);
		json_add(result, "_meta", meta);
		req.id = listen->id;
		peer_result(&req, result);
		modern_listen_free(listen);
	}
}
