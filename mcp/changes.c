/*
 * Notices that a list has changed: to every client after initialize, and on the
 * listens of 2026-07-28 that asked for them.  While a client is slow, a changed
 * list is remembered once.
 */
#include "json/json.h"
#include "mcp/notices.h"
#include "mcp/peer.h"

static LIST_HEAD(, mcp_peer) peers = LIST_HEAD_INITIALIZER(peers);

static const struct {
	unsigned list;
	const char *method;
} notices[] = {
	{ MCP_LIST_TOOLS, "notifications/tools/list_changed" },
	{ MCP_LIST_PROMPTS, "notifications/prompts/list_changed" },
	{ MCP_LIST_RESOURCES, "notifications/resources/list_changed" },
	{ 0, NULL },
};

void
changes_add(struct mcp_peer *peer)
{
	LIST_INSERT_HEAD(&peers, peer, entry);
}

void
changes_remove(struct mcp_peer *peer)
{
	LIST_REMOVE(peer, entry);
}

/*
 * Sends what is unsent unless the client is slow; id is that of a listen or
 * NULL.
 */
static void
flush(struct mcp_peer *peer, unsigned *unsent, const char *id)
{
	struct json_object *params;
	size_t i;

	for (i = 0; notices[i].list != 0 && !peer->slow; i++) {
		if ((*unsent & notices[i].list) == 0)
			continue;
		*unsent &= ~notices[i].list;
		params = NULL;
		if (id != NULL) {
			params = json_object_new_object();
			peer_mark(params, id);
		}
		peer_notify(peer, notices[i].method, params);
	}
}

void
changes_flush(struct mcp_peer *peer)
{
	struct mcp_listen *listen;

	flush(peer, &peer->unsent, NULL);
	LIST_FOREACH(listen, &peer->listens, entry)
		flush(peer, &listen->unsent, listen->id);
}

void
mcp_list_changed(const struct mcp_info *info, unsigned lists)
{
	struct mcp_peer *peer;
	struct mcp_listen *listen;

	lists &= info->changing;
	LIST_FOREACH(peer, &peers, entry) {
		if (peer->info != info)
			continue;
		if (peer->ready)
			peer->unsent |= lists;
		LIST_FOREACH(listen, &peer->listens, entry)
			listen->unsent |= lists & listen->lists;
		changes_flush(peer);
	}
}

void
mcp_peer_slow(struct mcp_peer *peer, bool slow)
{
	peer->slow = slow;
	if (slow)
		return;
	changes_flush(peer);
	watch_flush(peer);
}
