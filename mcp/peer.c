/*
 * A connection as the methods see it: answers, notices, requests of ours, and
 * what many results have in common.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/error.h"
#include "common/limits.h"
#include "json/json.h"
#include "mcp/batch.h"
#include "mcp/debug.h"
#include "mcp/peer.h"

/* Longer cursors are none of ours. */
#define CURSOR_MAX_BYTES 1024

static void
send_line(struct mcp_peer *peer, char *line, size_t len)
{
	if (peer->closing)
		free(line);
	else
		peer->send(peer->user, line, len);
}

static void
answer(const struct mcp_request *req, char *line, size_t len)
{
	debug_answer(req, len);
	if (req->batch != NULL)
		line = batch_answer(req->batch, line, &len);
	if (line != NULL)
		send_line(req->peer, line, len);
}

void
peer_no_answer(struct mcp_peer *peer, struct mcp_batch *batch)
{
	size_t len;
	char *line = batch == NULL ? NULL : batch_drop(batch, &len);

	if (line != NULL)
		send_line(peer, line, len);
}

struct json_object *
peer_server_info(const struct mcp_peer *peer)
{
	struct json_object *info = json_object_new_object();

	json_add_string(info, "name", peer->info->name);
	if (peer->info->title != NULL)
		json_add_string(info, "title", peer->info->title);
	json_add_string(info, "version", peer->info->version);
	return info;
}

/* A result of 2026-07-28 says of what kind it is and who made it. */
static void
complete_result(const struct mcp_peer *peer, struct json_object *result)
{
	struct json_object *meta = json_object_at(result, "_meta");

	if (json_member(result, "resultType") == NULL)
		json_add_string(result, "resultType", "complete");
	if (meta == NULL) {
		meta = json_object_new_object();
		json_add(result, "_meta", meta);
	}
	json_add(meta, MCP_PREFIX "serverInfo", peer_server_info(peer));
}

void
peer_result(const struct mcp_request *req, struct json_object *result)
{
	size_t len, before;
	char *line;

	if (req->modern)
		complete_result(req->peer, result);
	line = rpc_result(req->id, result, &len);
	before = req->batch == NULL ? 0 : batch_size(req->batch);
	if (before + len <= LINE_MAX_BYTES)
		answer(req, line, len);
	else {
		free(line);
		peer_error(req, RPC_INTERNAL_ERROR, NULL,
		    "the answer has %zu bytes, the most allowed are %u; ask "
		    "for less",
		    len, LINE_MAX_BYTES);
	}
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
	answer(req, line, len);
}

void
peer_notify(struct mcp_peer *peer, const char *method,
    struct json_object *params)
{
	size_t len;
	char *line = rpc_notification(method, params, &len);

	debug_out(peer, method, len);
	send_line(peer, line, len);
}

void
peer_request(struct mcp_peer *peer, const char *id,
    struct json_object *published)
{
	const char *method = json_string_at(published, "method");
	struct json_object *params = json_member(published, "params");
	size_t len;
	char *line = rpc_request(id, method, json_object_get(params), &len);

	debug_out(peer, method, len);
	json_object_put(published);
	send_line(peer, line, len);
}

void
peer_mark(struct json_object *params, const char *listen_id)
{
	struct json_object *meta = json_object_new_object();

	json_add_text(meta, MCP_PREFIX "subscriptionId", listen_id);
	json_add(params, "_meta", meta);
}

void
peer_cacheable(const struct mcp_request *req, struct json_object *result,
    int ttl_ms, bool shared)
{
	if (!req->modern)
		return;
	json_add_int(result, "ttlMs", ttl_ms);
	json_add_string(result, "cacheScope", shared ? "public" : "private");
}

bool
peer_cursor(const struct mcp_request *req, const char **cursor)
{
	struct json_object *value = json_member(req->params, "cursor");

	*cursor = json_string_at(req->params, "cursor");
	if (value == NULL)
		return true;
	if (*cursor == NULL ||
	    json_object_get_string_len(value) > CURSOR_MAX_BYTES) {
		peer_bad_cursor(req);
		return false;
	}
	if (**cursor == '\0')
		*cursor = NULL;
	return true;
}

void
peer_bad_cursor(const struct mcp_request *req)
{
	peer_error(req, RPC_INVALID_PARAMS, NULL,
	    "cursor: unknown; use the nextCursor of the page before, or none "
	    "for the first page");
}

bool
peer_first_page(const struct mcp_request *req)
{
	const char *cursor;

	if (!peer_cursor(req, &cursor))
		return false;
	if (cursor != NULL)
		peer_bad_cursor(req);
	return cursor == NULL;
}
