/*
 * subscriptions/listen of 2026-07-28: a request that stays open for the
 * notices it asks for (basic/patterns/subscriptions).
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "json/json.h"
#include "mcp/call.h"
#include "mcp/features.h"
#include "mcp/methods.h"
#include "mcp/notices.h"

/* The most resources, and the most tasks, that one listen is told of. */
#define NAMES_MAX 100

static const struct {
	const char *key;
	unsigned list;
} filters[] = {
	{ "toolsListChanged", MCP_LIST_TOOLS },
	{ "promptsListChanged", MCP_LIST_PROMPTS },
	{ "resourcesListChanged", MCP_LIST_RESOURCES },
	{ NULL, 0 },
};

/* Returns the lists in the filter that can be told of; adds them to out. */
static unsigned
honour_lists(const struct mcp_info *info, struct json_object *filter,
    struct json_object *out)
{
	unsigned lists = 0;
	bool wanted;
	size_t i;

	for (i = 0; filters[i].key != NULL; i++) {
		if ((info->changing & filters[i].list) == 0 ||
		    !json_bool_at(filter, filters[i].key, &wanted) || !wanted)
			continue;
		lists |= filters[i].list;
		json_add_bool(out, filters[i].key, true);
	}
	return lists;
}

/* Watches what the array key of the filter names; adds what exists to out. */
static void
honour_names(struct mcp_peer *peer, struct mcp_listen *listen,
    enum watch_kind kind, struct json_object *filter, const char *key,
    struct json_object *out)
{
	struct json_object *names = json_array_at(filter, key), *name, *kept;
	size_t i, n = names == NULL ? 0 : json_object_array_length(names);

	if (n > NAMES_MAX) /* looking one up may take long */
		n = NAMES_MAX;
	kept = json_object_new_array();
	for (i = 0; i < n; i++) {
		name = json_object_array_get_idx(names, i);
		if (json_object_is_type(name, json_type_string) &&
		    watch_add(peer, listen, kind, json_object_get_string(name)))
			json_object_array_add(kept, json_object_get(name));
	}
	if (json_object_array_length(kept) > 0)
		json_add(out, key, kept);
	else
		json_object_put(kept);
}

/*
 * False, and answered: the filter is missing or asks for what the client did
 * not declare, or too much is open.
 */
static bool
acceptable(const struct mcp_request *req, struct json_object *filter)
{
	if (filter == NULL) {
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "notifications: expected an object that names what to "
		    "listen to");
		return false;
	}
	if (json_member(filter, "taskIds") != NULL &&
	    req->peer->info->tasks != NULL &&
	    (req->abilities & MCP_CAN_TASKS) == 0) {
		abilities_lacking(req, MCP_CAN_TASKS);
		return false;
	}
	return !call_full(req);
}

/*
 * Acknowledges the part of the filter that is honoured; the request stays open.
 */
void
listen_open(const struct mcp_request *req)
{
	struct json_object *filter, *params, *honoured;
	struct mcp_peer *peer = req->peer;
	struct mcp_listen *listen;

	filter = json_object_at(req->params, "notifications");
	if (!acceptable(req, filter))
		return;
	listen = xcalloc(1, sizeof(*listen));
	listen->id = xstrdup(req->id);
	listen->abilities = req->abilities;
	LIST_INSERT_HEAD(&peer->listens, listen, entry);
	honoured = json_object_new_object();
	listen->lists = honour_lists(peer->info, filter, honoured);
	honour_names(peer, listen, WATCH_RESOURCE, filter,
	    "resourceSubscriptions", honoured);
	honour_names(peer, listen, WATCH_TASK, filter, "taskIds", honoured);
	params = json_object_new_object();
	peer_mark(params, listen->id);
	json_add(params, "notifications", honoured);
	peer_notify(peer, "notifications/subscriptions/acknowledged", params);
	if (peer->replay != NULL) {
		listen->unsent = listen->lists;
		changes_flush(peer);
		watch_renewed(peer, listen);
	}
}

void
listen_free(struct mcp_peer *peer, struct mcp_listen *listen)
{
	watch_remove_all(peer, listen);
	LIST_REMOVE(listen, entry);
	free(listen->id);
	free(listen);
}

bool
listen_cancel(struct mcp_peer *peer, const char *id)
{
	struct mcp_listen *listen;

	LIST_FOREACH(listen, &peer->listens, entry)
		if (rpc_same_id(listen->id, id)) {
			listen_free(peer, listen);
			return true;
		}
	return false;
}

void
mcp_peer_goodbye(struct mcp_peer *peer)
{
	struct mcp_listen *listen;
	struct mcp_request req = { .peer = peer, .modern = true };
	struct json_object *result;

	while ((listen = LIST_FIRST(&peer->listens)) != NULL) {
		result = json_object_new_object();
		peer_mark(result, listen->id);
		req.id = listen->id;
		peer_result(&req, result);
		listen_free(peer, listen);
	}
}
