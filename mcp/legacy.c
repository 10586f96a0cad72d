/*
 * The era of initialize: 2024-11-05 to 2025-11-25.
 */
#include <string.h>

#include "json/json.h"
#include "mcp/peer.h"

static const char *
negotiate(const char *wanted)
{
	const char *const *versions = peer_legacy_versions();
	size_t i;

	for (i = 0; wanted != NULL && versions[i] != NULL; i++)
		if (strcmp(versions[i], wanted) == 0)
			return versions[i];
	return versions[0];
}

/* What a client said before does not hold any more. */
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
legacy_initialize(const struct mcp_request *req)
{
	const struct mcp_info *info = req->peer->info;
	struct json_object *result;
	const char *wanted = json_string_at(req->params, "protocolVersion");

	if (wanted == NULL) {
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "protocolVersion: expected a string such as \"%s\"",
		    negotiate(NULL));
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
legacy_ping(const struct mcp_request *req)
{
	peer_result(req, json_object_new_object());
}
