/*
 * The era of 2026-07-28: the envelope that every request carries,
 * server/discover and subscriptions/listen.
 */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/mem.h"
#include "mcp/peer.h"

#define VERSION "2026-07-28"
#define PREFIX "io.modelcontextprotocol/"

/* What discover answers stays true for an hour. */
#define DISCOVER_TTL_MS 3600000

static const char *const log_levels[] = { "debug", "info", "notice", "warning",
	"error", "critical", "alert", "emergency", NULL };

bool
modern_claims(const char *method, struct json_object *meta)
{
	return json_object_object_get_ex(meta, PREFIX "protocolVersion",
		   NULL) ||
	    strcmp(method, "server/discover") == 0 ||
	    strcmp(method, "subscriptions/listen") == 0;
}

static bool
log_level_valid(struct json_object *meta)
{
	struct json_object *level;
	size_t i;

	if (!json_object_object_get_ex(meta, PREFIX "logLevel", &level))
		return true;
	for (i = 0; log_levels[i] != NULL; i++)
		if (json_object_is_type(level, json_type_string) &&
		    strcmp(json_object_get_string(level), log_levels[i]) == 0)
			return true;
	return false;
}

static bool
client_info_valid(struct json_object *meta)
{
	struct json_object *info;

	if (!json_object_object_get_ex(meta, PREFIX "clientInfo", &info))
		return true;
	return json_string_at(info, "name") != NULL &&
	    json_string_at(info, "version") != NULL;
}

static void
refuse_version(const struct mcp_request *req, const char *version)
{
	struct json_object *data = json_object_new_object();

	json_add(data, "supported", peer_versions(true));
	json_add_string(data, "requested", version);
	peer_error(req, RPC_UNSUPPORTED_VERSION, data,
	    "Unsupported protocol version");
}

bool
modern_accept(const struct mcp_request *req)
{
	const char *version, *wrong = NULL;

	version = json_string_at(req->meta, PREFIX "protocolVersion");
	if (version == NULL)
		wrong = PREFIX
		    "protocolVersion must be a string such as \"" VERSION "\"";
	else if (strcmp(version, VERSION) != 0) {
		refuse_version(req, version);
		return false;
	} else if (json_object_at(req->meta, PREFIX "clientCapabilities") ==
	    NULL)
		wrong = PREFIX "clientCapabilities must be an object";
	else if (!client_info_valid(req->meta))
		wrong = PREFIX "clientInfo needs the strings name and version";
	else if (!log_level_valid(req->meta))
		wrong = PREFIX "logLevel must be one of debug ... emergency";
	if (wrong != NULL)
		peer_error(req, RPC_INVALID_PARAMS, NULL, "_meta: %s", wrong);
	return wrong == NULL;
}

void
modern_discover(const struct mcp_request *req)
{
	struct json_object *result = json_object_new_object();

	json_add(result, "supportedVersions", peer_versions(true));
	json_add(result, "capabilities", peer_capabilities());
	json_add_string(result, "instructions", req->peer->info->instructions);
	peer_cacheable(result, DISCOVER_TTL_MS);
	peer_result(req, result);
}

/*
 * Acknowledges a listen with the part of its filter that we honour: none, as
 * the list of tools never changes.  The request stays open.
 */
void
modern_listen(const struct mcp_request *req)
{
	struct json_object *params, *meta;
	struct mcp_listen *listen;

	if (json_object_at(req->params, "notifications") == NULL) {
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "notifications: expected an object that names what to "
		    "listen to");
		return;
	}
	if (peer_full(req))
		return;
	listen = xcalloc(1, sizeof(*listen));
	listen->id = xstrdup(req->id);
	LIST_INSERT_HEAD(&req->peer->listens, listen, entry);
	meta = json_object_new_object();
	json_add_text(meta, PREFIX "subscriptionId", req->id);
	params = json_object_new_object();
	json_add(params, "_meta", meta);
	json_add(params, "notifications", json_object_new_object());
	peer_notify(req->peer, "notifications/subscriptions/acknowledged",
	    params);
}

void
modern_listen_free(struct mcp_listen *listen)
{
	LIST_REMOVE(listen, entry);
	free(listen->id);
	free(listen);
}

bool
modern_cancel_listen(struct mcp_peer *peer, const char *id)
{
	struct mcp_listen *listen;

	LIST_FOREACH(listen, &peer->listens, entry)
	if (rpc_same_id(listen->id, id)) {
		modern_listen_free(listen);
		return true;
	}
	return false;
}
