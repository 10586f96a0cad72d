/*
 * The era of 2026-07-28: the envelope that every request carries, and
 * server/discover.
 */
#include <string.h>

#include "json/json.h"
#include "mcp/peer.h"

#define PREFIX MCP_PREFIX

/* What discover answers stays true for an hour. */
#define DISCOVER_TTL_MS 3600000

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

	return !json_object_object_get_ex(meta, PREFIX "logLevel", &level) ||
	    logging_level(level) != -1;
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
		wrong = PREFIX "protocolVersion must be a string such as "
			       "\"" MCP_MODERN "\"";
	else if (strcmp(version, MCP_MODERN) != 0) {
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
	const struct mcp_info *info = req->peer->info;
	struct json_object *result = json_object_new_object();

	json_add(result, "supportedVersions", peer_versions(true));
	json_add(result, "capabilities", features_published(info, true));
	if (info->instructions != NULL)
		json_add_string(result, "instructions", info->instructions);
	peer_cacheable(req, result, DISCOVER_TTL_MS, true);
	peer_result(req, result);
}
