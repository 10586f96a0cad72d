/*
 * A connection as the methods see it: what the server says of itself,
 * answers and notices, how much may be open.
 */
#include <stdarg.h>
#include <stdio.h>

#include "common/error.h"
#include "common/json.h"
#include "common/limits.h"
#include "mcp/peer.h"

/* Newest first; the first is what an unknown version is answered with. */
static const char *const versions[] = { "2025-11-25", "2025-06-18",
	"2025-03-26", "2024-11-05", NULL };

static void
peer_send(struct mcp_peer *peer, char *line, size_t len)
{
	peer->send(peer->user, line, len);
}

struct json_object *
peer_server_info(const struct mcp_peer *peer)
{
	struct json_object *info = json_object_new_object();

	json_add_string(info, "name", peer->info->name);
	json_add_string(info, "title", peer->info->title);
	json_add_string(info, "version", peer->info->version);
	return info;
}

void
peer_complete(const struct mcp_peer *peer, struct json_object *result)
{
	struct json_object *meta = json_object_at(result, "_meta");

	json_add_string(result, "resultType", "complete");
	if (meta == NULL) {
		meta = json_object_new_object();
		json_add(result, "_meta", meta);
	}
	json_add(meta, "io.modelcontextprotocol/serverInfo",
	    peer_server_info(peer));
}

void
peer_result(const struct mcp_request *req, struct json_object *result)
{
	size_t len;
	char *line;

	if (req->modern)
		peer_complete(req->peer, result);
	line = rpc_result(req->id, result, &len);
	peer_send(req->peer, line, len);
}

void
peer_error(const struct mcp_request *req, enum rpc_code code,
    struct json_object *data, const char *fmt, ...)
{
	char text[ERROR_TEXT_SIZE], *line;
	size_t len;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	line = rpc_error(req->id, code, text, data, &len);
	peer_send(req->peer, line, len);
}

void
peer_notify(struct mcp_peer *peer, const char *method,
    struct json_object *params)
{
	size_t len;
	char *line = rpc_notification(method, params, &len);

	peer_send(peer, line, len);
}

struct json_object *
peer_capabilities(void)
{
	struct json_object *capabilities = json_object_new_object();

	json_add(capabilities, "tools", json_object_new_object());
	return capabilities;
}

void
peer_cacheable(struct json_object *result, int ttl_ms)
{
	json_add_int(result, "ttlMs", ttl_ms);
	json_add_string(result, "cacheScope", "public");
}

bool
peer_full(const struct mcp_request *req)
{
	const struct mcp_peer *peer = req->peer;
	const struct mcp_call *call;
	const struct mcp_listen *listen;
	size_t n = 0;

	LIST_FOREACH(call, &peer->calls, entry)
	n++;
	LIST_FOREACH(listen, &peer->listens, entry)
	n++;
	if (n < CLIENT_MAX_CALLS)
		return false;
	peer_error(req, RPC_INVALID_REQUEST, NULL,
	    "%d requests of this "
	    "session are open, the most allowed; wait for one to be answered",
	    CLIENT_MAX_CALLS);
	return true;
}

struct json_object *
peer_versions(bool modern_too)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	if (modern_too)
		json_object_array_add(list,
		    json_object_new_string("2026-07-28"));
	for (i = 0; versions[i] != NULL; i++)
		json_object_array_add(list,
		    json_object_new_string(versions[i]));
	return list;
}

/* The legacy versions, newest first, ended by NULL. */
const char *const *
peer_legacy_versions(void)
{
	return versions;
}
