/*
 * Resources and tasks whose changes a client wants to hear of: by a listen of
 * 2026-07-28, or by resources/subscribe before.  The provider tells of every
 * change; while the client is slow, one change is remembered.
 */
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"
#include "mcp/features.h"
#include "mcp/methods.h"
#include "mcp/notices.h"
#include "mcp/peer.h"
#include "mcp/resources.h"
#include "mcp/tasks.h"

struct mcp_watch {
	LIST_ENTRY(mcp_watch) entry;
	struct mcp_peer *peer;
	const struct mcp_listen *listen; /* NULL: by resources/subscribe */
	enum watch_kind kind;
	char *name;
	void *watched; /* what the provider returned */
	bool unsent;   /* changed while the client was slow */
};

static void
tell(struct mcp_watch *watch)
{
	struct json_object *params;

	watch->unsent = watch->peer->slow;
	if (watch->unsent)
		return;
	if (watch->kind == WATCH_TASK) {
		tasks_push(watch->peer, watch->listen, watch->name);
		return;
	}
	params = json_object_new_object();
	if (watch->listen != NULL)
		peer_mark(params, watch->listen->id);
	json_add_string(params, "uri", watch->name);
	peer_notify(watch->peer, "notifications/resources/updated", params);
}

static void
changed(void *arg)
{
	tell(arg);
}

static void *
begin(const struct mcp_peer *peer, struct mcp_watch *watch)
{
	const struct mcp_info *info = peer->info;
	unsigned have = features(info);

	if (watch->kind == WATCH_TASK)
		return (have & FEATURE_PUSH_TASKS) == 0 ||
			strlen(watch->name) > MCP_TASK_ID_MAX_BYTES ?
		    NULL :
		    info->tasks->watch(peer->user, watch->name, changed, watch);
	return (have & FEATURE_SUBSCRIBE) == 0 ||
		strlen(watch->name) > MCP_URI_MAX_BYTES ?
	    NULL :
	    info->resources->watch(peer->user, watch->name, changed, watch);
}

static struct mcp_watch *
find(struct mcp_peer *peer, const struct mcp_listen *listen,
    enum watch_kind kind, const char *name)
{
	struct mcp_watch *watch;

	LIST_FOREACH(watch, &peer->watches, entry)
		if (watch->listen == listen && watch->kind == kind &&
		    strcmp(watch->name, name) == 0)
			return watch;
	return NULL;
}

bool
watch_add(struct mcp_peer *peer, struct mcp_listen *listen,
    enum watch_kind kind, const char *name)
{
	struct mcp_watch *watch;

	if (find(peer, listen, kind, name) != NULL)
		return true;
	if (peer->nwatches >= CLIENT_MAX_WATCHES)
		return false;
	watch = xcalloc(1, sizeof(*watch));
	watch->peer = peer;
	watch->listen = listen;
	watch->kind = kind;
	watch->name = xstrdup(name);
	watch->watched = begin(peer, watch);
	if (watch->watched == NULL) {
		free(watch->name);
		free(watch);
		return false;
	}
	LIST_INSERT_HEAD(&peer->watches, watch, entry);
	peer->nwatches++;
	return true;
}

static void
watch_free(struct mcp_watch *watch)
{
	const struct mcp_info *info = watch->peer->info;

	if (watch->kind == WATCH_TASK)
		info->tasks->unwatch(watch->watched);
	else
		info->resources->unwatch(watch->watched);
	LIST_REMOVE(watch, entry);
	watch->peer->nwatches--;
	free(watch->name);
	free(watch);
}

void
watch_remove_all(struct mcp_peer *peer, const struct mcp_listen *listen)
{
	struct mcp_watch *watch, *next;

	for (watch = LIST_FIRST(&peer->watches); watch != NULL; watch = next) {
		next = LIST_NEXT(watch, entry);
		if (watch->listen == listen)
			watch_free(watch);
	}
}

void
watch_flush(struct mcp_peer *peer)
{
	struct mcp_watch *watch;

	LIST_FOREACH(watch, &peer->watches, entry)
		if (watch->unsent)
			tell(watch);
}

void
watch_renewed(struct mcp_peer *peer, const struct mcp_listen *listen)
{
	struct mcp_watch *watch;

	LIST_FOREACH(watch, &peer->watches, entry)
		if (watch->listen == listen)
			tell(watch);
}

/* The URI in the params; NULL, and answered: there is none. */
static const char *
take_uri(const struct mcp_request *req)
{
	const char *uri = json_string_at(req->params, "uri");

	if (uri == NULL)
		peer_error(req, RPC_INVALID_PARAMS, NULL,
		    "uri: expected the URI of a resource");
	return uri;
}

void
watch_subscribe(const struct mcp_request *req)
{
	const char *uri = take_uri(req);

	if (uri == NULL)
		return;
	if (req->peer->nwatches >= CLIENT_MAX_WATCHES &&
	    find(req->peer, NULL, WATCH_RESOURCE, uri) == NULL)
		peer_error(req, RPC_INVALID_REQUEST, NULL,
		    "%d resources are subscribed to, the most allowed; "
		    "unsubscribe from one",
		    CLIENT_MAX_WATCHES);
	else if (watch_add(req->peer, NULL, WATCH_RESOURCE, uri)) {
		peer_result(req, json_object_new_object());
		if (req->peer->replay != NULL) /* see watch_renewed */
			tell(find(req->peer, NULL, WATCH_RESOURCE, uri));
	} else
		resources_missing(req, uri);
}

void
watch_unsubscribe(const struct mcp_request *req)
{
	const char *uri = take_uri(req);
	struct mcp_watch *watch;

	if (uri == NULL)
		return;
	watch = find(req->peer, NULL, WATCH_RESOURCE, uri);
	if (watch != NULL)
		watch_free(watch);
	peer_result(req, json_object_new_object());
}
