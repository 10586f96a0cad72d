/*
 * A tools/call in flight: its answer, its progress notices, its end when
 * the client cancels.
 */
#include <stdlib.h>
#include <string.h>

#include "common/json.h"
#include "common/mem.h"
#include "common/monotime.h"
#include "common/schema.h"
#include "mcp/peer.h"

static const struct mcp_reply done = { 1 };

void
call_free(struct mcp_call *call)
{
	LIST_REMOVE(call, entry);
	schema_clear(call->tool->fields, call->args);
	free(call->args);
	free(call->progress_token);
	free(call->id);
	free(call);
}

bool
call_cancel(struct mcp_peer *peer, const char *id)
{
	struct mcp_call *call;

	LIST_FOREACH(call, &peer->calls, entry)
	if (rpc_same_id(call->id, id))
		break;
	if (call == NULL)
		return false;
	if (call->cancelled != NULL)
		call->cancelled(call->cancelled_arg);
	call_free(call);
	return true;
}

void *
mcp_call_user(const struct mcp_call *call)
{
	return call->peer->user;
}

uint64_t
mcp_call_ordinal(const struct mcp_call *call)
{
	return call->ordinal;
}

bool
mcp_call_replayed(const struct mcp_call *call)
{
	return call->replay != NULL;
}

int64_t
mcp_call_age_ms(const struct mcp_call *call)
{
	return call->replay == NULL ? 0 : call->replay->age_ms;
}

bool
mcp_call_wants_progress(const struct mcp_call *call)
{
	return call->progress_token != NULL;
}

/*
 * Progress is the seconds since the client sent the call, so that it goes up
 * even when an earlier server has sent notices.
 */
void
mcp_call_progress(struct mcp_call *call, const char *message)
{
	int64_t seconds = (monotime_ms() - call->began) / 1000;
	struct json_object *params;

	if (call->progress_token == NULL)
		return;
	call->progress = seconds > call->progress ? seconds :
						    call->progress + 1;
	params = json_object_new_object();
	json_add_text(params, "progressToken", call->progress_token);
	json_add_int(params, "progress", call->progress);
	json_add_string(params, "message", message);
	peer_notify(call->peer, "notifications/progress", params);
}

static struct mcp_reply
reply(struct mcp_call *call, const char *text, bool is_error)
{
	struct json_object *result = json_object_new_object();
	struct json_object *content = json_object_new_array();
	struct json_object *block = json_object_new_object();
	struct mcp_request req = { .peer = call->peer,
		.id = call->id,
		.modern = call->modern };

	json_add_string(block, "type", "text");
	json_add_string(block, "text", text);
	json_object_array_add(content, block);
	json_add(result, "content", content);
	if (is_error)
		json_add_bool(result, "isError", true);
	peer_result(&req, result);
	call_free(call);
	return done;
}

struct mcp_reply
mcp_reply_text(struct mcp_call *call, const char *text)
{
	return reply(call, text, false);
}

struct mcp_reply
mcp_reply_failure(struct mcp_call *call, const char *text)
{
	return reply(call, text, true);
}

struct mcp_reply
mcp_reply_later(struct mcp_call *call, void (*cancelled)(void *), void *arg)
{
	call->cancelled = cancelled;
	call->cancelled_arg = arg;
	return done;
}
