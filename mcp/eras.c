/*
 * The two eras of the protocol: how a session of 2024-11-05 to 2025-11-25
 * begins, with initialize, and what every request of 2026-07-28 carries in
 * its _meta, with server/discover.
 */
#include <string.h>

#include "json/json.h"
#include "mcp/features.h"
#include "mcp/methods.h"
#include "mcp/notices.h"
#include "mcp/peer.h"

/* What discover answers stays true for an hour. */
#define DISCOVER_TTL_MS 3600000

/* Newest first; the first one answers a version that we do not know. */
static const char *const versions[] = { "2025-11-25", "2025-06-18",
	"2025-03-26", "2024-11-05", NULL };

static struct json_object *
all_versions(void)
{
	struct json_object *list = json_object_new_array();
	size_t i;

	json_object_array_add(list, json_object_new_string(MCP_MODERN));
	for (i = 0; versions[i] != NULL; i++)
		json_object_array_add(list,
		    json_object_new_string(versions[i]));
	return list;
}

struct json_object *
eras_supported(void)
{
	struct json_object *data = json_object_new_object();

	json_add(data, "supported", all_versions());
	return data;
}

static const char *
negotiate(const char *wanted)
{
	size_t i;

	for (i = 0; wanted != NULL && versions[i] != NULL; i++)
		if (strcmp(versions[i], wanted) == 0)
			return versions[i];
	return versions[0];
}

/* Forgets what the client declared before. */
static void
begin(struct mcp_peer *peer, const char *version,
    struct json_object *capabilities)
{
	peer->version = version;
	peer->abilities = abilities(capabilities) & ~(unsigned)MCP_CAN_TASKS;
	peer->ready = false;
	peer->unsent = 0;
	peer->level = MCP_INFO;
	watch_remove_all(peer, NULL);
}

void
eras_initialize(const struct mcp_request *req)
{
	const struct mcp_info *info = req->peer->info;
	struct json_object *result;
	const char *wanted = json_string_at(req->params, "protocolVersion");

	if (wanted == NULL) {
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "protocolVersion: expected a string such as \"%s\"",
		    versions[0]);
		return;
	}
	begin(req->peer, negotiate(wanted),
	    json_object_at(req->params, "capabilities"));
	result = json_object_new_object();
	json_add_string(result, "protocolVersion", req->peer->version);
	json_add(result, "capabilities", features_published(info, false));
	json_add(result, "serverInfo", peer_server_info(req->peer));
	if (info->instructions != NULL)
		json_add_string(result, "instructions", info->instructions);
	peer_result(req, result);
}

void
eras_ping(const struct mcp_request *req)
{
	peer_result(req, json_object_new_object());
}

/*
 * Two methods are known by their names, so that a wrong _meta is told to them.
 */
bool
eras_modern(const char *method, struct json_object *meta)
{
	return json_object_object_get_ex(meta, MCP_PREFIX "protocolVersion",
		   NULL) ||
	    strcmp(method, "server/discover") == 0 ||
	    strcmp(method, "subscriptions/listen") == 0;
}

static bool
log_level_valid(struct json_object *meta)
{
	struct json_object *level;

	return !json_object_object_get_ex(meta, MCP_PREFIX "logLevel",
		   &level) ||
	    logging_level(level) != -1;
}

static bool
client_info_valid(struct json_object *meta)
{
	struct json_object *info;

	if (!json_object_object_get_ex(meta, MCP_PREFIX "clientInfo", &info))
		return true;
	return json_string_at(info, "name") != NULL &&
	    json_string_at(info, "version") != NULL;
}

static void
refuse_version(const struct mcp_request *req, const char *version)
{
	struct json_object *data = eras_supported();

	json_add_string(data, "requested", version);
	peer_error(req, RPC_UNSUPPORTED_VERSION, data,
	    "Unsupported protocol version");
}

bool
eras_accept(const struct mcp_request *req)
{
	const char *version, *wrong = NULL;

	version = json_string_at(req->meta, MCP_PREFIX "protocolVersion");
	if (version == NULL)
		wrong = MCP_PREFIX "protocolVersion must be a string such as "
				   "\"" MCP_MODERN "\"";
	else if (strcmp(version, MCP_MODERN) != 0) {
		refuse_version(req, version);
		return false;
	} else if (json_object_at(req->meta, MCP_PREFIX "clientCapabilities") ==
	    NULL)
		wrong = MCP_PREFIX "clientCapabilities must be an object";
	else if (!client_info_valid(req->meta))
		wrong = MCP_PREFIX
		    "clientInfo needs the strings name and version";
	else if (!log_level_valid(req->meta))
		wrong = MCP_PREFIX
		    "logLevel must be one of debug ... emergency";
	if (wrong != NULL)
		peer_error(req, RPC_INVALID_PARAMS, NULL, "_meta: %s", wrong);
	return wrong == NULL;
}

void
eras_discover(const struct mcp_request *req)
{
	const struct mcp_info *info = req->peer->info;
	struct json_object *result = json_object_new_object();

	json_add(result, "supportedVersions", all_versions());
	json_add(result, "capabilities", features_published(info, true));
	if (info->instructions != NULL)
		json_add_string(result, "instructions", info->instructions);
	peer_cacheable(req, result, DISCOVER_TTL_MS, true);
	peer_result(req, result);
}
