/*
 * Requests of ours to the client.  See client_request.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"
#include "mcp/client_request.h"
#include "mcp/peer.h"

struct client_request {
	LIST_ENTRY(client_request) entry;
	struct mcp_peer *peer; /* NULL: answered, or the client is gone */
	char *id;              /* JSON text */
	const char *reason;    /* for taking it back */
	void (*answered)(void *arg, struct json_object *result,
	    struct json_object *error);
	void *arg;
};

/*
 * The client may answer a request of a server that is gone, and the next
 * server must not take that for an answer to its own: ids begin with the time.
 */
char *
client_request_id(struct mcp_peer *peer)
{
	struct timespec now;

	if (peer->requests_made == 0) {
		clock_gettime(CLOCK_REALTIME, &now);
		snprintf(peer->id_prefix, sizeof(peer->id_prefix), "%llx",
		    (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	}
	return xasprintf("%s-%u", peer->id_prefix, ++peer->requests_made);
}

static void
withdraw(const struct client_request *request)
{
	struct json_object *params = json_object_new_object();

	json_add_text(params, "requestId", request->id);
	json_add_string(params, "reason", request->reason);
	peer_notify(request->peer, "notifications/cancelled", params);
}

/*
 * What the client shows of the same request by an earlier server is not
 * known, so that one is taken back; its answer, if it is on its way, counts.
 */
struct client_request *
client_request_new(struct mcp_peer *peer, const char *id, bool again,
    struct json_object *published, const char *reason,
    void (*answered)(void *arg, struct json_object *result,
	struct json_object *error),
    void *arg)
{
	struct client_request *request = xcalloc(1, sizeof(*request));

	request->peer = peer;
	request->id = xasprintf("\"%s\"", id);
	request->reason = reason;
	request->answered = answered;
	request->arg = arg;
	LIST_INSERT_HEAD(&peer->requests, request, entry);
	if (again)
		withdraw(request);
	peer_request(peer, request->id, published);
	return request;
}

void
client_request_free(struct client_request *request)
{
	if (request == NULL)
		return;
	if (request->peer != NULL) {
		withdraw(request);
		LIST_REMOVE(request, entry);
	}
	free(request->id);
	free(request);
}

void
client_request_answered(struct mcp_peer *peer, const struct rpc_message *msg,
    size_t len)
{
	struct json_object *result = json_object_at(msg->root, "result");
	struct json_object *error = json_member(msg->root, "error");
	struct client_request *request;

	LIST_FOREACH(request, &peer->requests, entry)
		if (msg->id != NULL && rpc_same_id(request->id, msg->id))
			break;
	if (request == NULL)
		return;
	LIST_REMOVE(request, entry);
	request->peer = NULL;
	if (error != NULL || len > CALL_MAX_ANSWER_BYTES)
		result = NULL;
	request->answered(request->arg, result, error);
}

void
client_request_drop_all(struct mcp_peer *peer)
{
	struct client_request *request;

	while ((request = LIST_FIRST(&peer->requests)) != NULL) {
		LIST_REMOVE(request, entry);
		request->peer = NULL;
	}
}
