/*
 * Log notices: to a client that set a level (before 2026-07-28), or for one
 * request with a level in its _meta.  They are deprecated since 2026-07-28, so
 * there is little of them.
 */
#include <string.h>

#include "json/json.h"
#include "mcp/call.h"
#include "mcp/methods.h"

static const char *const levels[] = { "debug", "info", "notice", "warning",
	"error", "critical", "alert", "emergency", NULL };

int
logging_level(struct json_object *name)
{
	int i;

	if (!json_object_is_type(name, json_type_string))
		return -1;
	for (i = 0; levels[i] != NULL; i++)
		if (strcmp(json_object_get_string(name), levels[i]) == 0)
			return i;
	return -1;
}

void
logging_set_level(const struct mcp_request *req)
{
	int level = logging_level(json_member(req->params, "level"));

	if (level == -1) {
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "level: expected one of debug, info, notice, warning, "
		    "error, critical, alert, emergency");
		return;
	}
	req->peer->level = level;
	peer_result(req, json_object_new_object());
}

void
mcp_call_log(struct mcp_call *call, enum mcp_level level, const char *text)
{
	struct json_object *params;
	int least = call->modern ? call->level : call->peer->level;

	if (least == -1 || (int)level < least || call->peer->slow)
		return;
	params = json_object_new_object();
	json_add_string(params, "level", levels[level]);
	json_add_string(params, "logger", call->peer->info->name);
	json_add_string(params, "data", text);
	peer_notify(call->peer, "notifications/message", params);
}
