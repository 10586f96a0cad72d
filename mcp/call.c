/*
 * A request that a handler answers: its life, its progress notices, and the
 * answers that more than one method can give.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/monotime.h"
#include "json/json.h"
#include "json/schema.h"
#include "mcp/call.h"
#include "mcp/content.h"
#include "mcp/features.h"
#include "mcp/methods.h"
#include "mcp/notices.h"
#include "mcp/prompts.h"

struct mcp_call *
call_new(const struct mcp_request *req, const char *method,
    struct mcp_reply (*run)(struct mcp_call *))
{
	struct mcp_call *call = xcalloc(1, sizeof(*call));
	struct json_object *token = json_member(req->meta, "progressToken");

	call->peer = req->peer;
	call->id = xstrdup(req->id);
	call->ordinal = req->ordinal;
	call->came_us = req->came_us;
	call->replay = req->batch == NULL ? req->peer->replay : NULL;
	call->began = monotime_ms() - mcp_call_age_ms(call);
	call->modern = req->modern;
	call->batch = req->batch;
	call->version = req->modern ? MCP_MODERN : req->peer->version;
	call->abilities = req->abilities;
	call->method = method;
	call->run = run;
	call->progress = -1;
	call->level = logging_level(json_member(req->meta,
	    MCP_PREFIX "logLevel"));
	if (json_object_is_type(token, json_type_string) ||
	    json_object_is_type(token, json_type_int))
		call->progress_token = xstrdup(json_text(token, NULL));
	LIST_INSERT_HEAD(&req->peer->calls, call, entry);
	return call;
}

void
call_args(struct mcp_call *call, const struct field *fields, size_t size)
{
	call->fields = fields;
	call->args = xcalloc(1, size == 0 ? 1 : size);
}

void
call_free(struct mcp_call *call)
{
	LIST_REMOVE(call, entry);
	if (call->fields != NULL)
		schema_clear(call->fields, call->args);
	free(call->args);
	json_object_put(call->arguments);
	json_object_put(call->answers);
	free(call->state);
	free(call->uri);
	free(call->progress_token);
	free(call->id);
	free(call);
}

bool
call_full(const struct mcp_request *req)
{
	const struct mcp_peer *peer = req->peer;
	const struct mcp_call *call;
	const struct mcp_listen *listen;
	size_t n = 0;

	LIST_FOREACH(call, &peer->calls, entry)
		n++;
	LIST_FOREACH(listen, &peer->listens, entry)
		n++;
	if (n < CLIENT_MAX_CALLS)
		return false;
	peer_error(req, RPC_INVALID_REQUEST, NULL,
	    "%d requests of this "
	    "session are open, the most allowed; wait for one to be answered",
	    CLIENT_MAX_CALLS);
	return true;
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
	peer_no_answer(peer, call->batch);
	call_free(call);
	return true;
}

struct mcp_request
call_request(const struct mcp_call *call)
{
	struct mcp_request req = {
		.peer = call->peer,
		.id = call->id,
		.ordinal = call->ordinal,
		.came_us = call->came_us,
		.modern = call->modern,
		.batch = call->batch,
		.abilities = call->abilities,
	};

	return req;
}

char *
call_about(const struct mcp_call *call)
{
	struct json_object *args = json_object_new_object();
	const char *name = call->uri;
	char *about;

	if (call->tool != NULL)
		name = call->tool->name;
	else if (call->prompt != NULL)
		name = call->prompt->name;
	if (call->fields != NULL)
		schema_encode(call->fields, call->args, args);
	else if (call->arguments != NULL)
		json_add(args, "arguments", json_object_get(call->arguments));
	about = xasprintf("%s %s %s", call->method, name,
	    json_text(args, NULL));
	json_object_put(args);
	return about;
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

struct mcp_work
mcp_call_work(struct mcp_call *call)
{
	struct mcp_work work = { NULL, call->ordinal, false };

	if (call->batch == NULL && call->peer->handling != NULL)
		work.peer = call->peer;
	call->peer->paused = true;
	mcp_work(&work, MCP_PAUSED);
	return work;
}

void
mcp_work(struct mcp_work *work, enum mcp_handling stage)
{
	if (work->peer == NULL)
		return;
	if (stage == MCP_WORKED && !work->told)
		stage = MCP_TAKEN;
	work->told |= work->peer->handling(work->peer->user, work->ordinal,
	    stage);
}

struct json_object *
mcp_call_arguments(const struct mcp_call *call)
{
	return call->arguments;
}

bool
mcp_call_can(const struct mcp_call *call, unsigned wanted)
{
	return (wanted & ~call->abilities) == 0;
}

bool
mcp_call_is_modern(const struct mcp_call *call)
{
	return call->modern;
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

void
mcp_call_progress_of(struct mcp_call *call, double progress, double total,
    const char *message)
{
	struct json_object *params;

	if (call->progress_token == NULL || call->peer->slow ||
	    !(progress >= 0 && progress > call->progress))
		return;
	call->progress = progress;
	params = json_object_new_object();
	json_add_text(params, "progressToken", call->progress_token);
	json_add_number(params, "progress", progress);
	if (total > 0)
		json_add_number(params, "total", total);
	if (message != NULL && strcmp(call->version, "2025-03-26") >= 0)
		json_add_string(params, "message", message);
	peer_notify(call->peer, "notifications/progress", params);
}

/*
 * Progress is the number of seconds since the client sent the call, so that it
 * goes up even if an earlier server has sent notices.
 */
void
mcp_call_progress(struct mcp_call *call, const char *message)
{
	int64_t whole_s = (monotime_ms() - call->began) / 1000;
	double seconds = (double)whole_s;
	double least = (call->progress < 0 ? 0 : call->progress) + 1;

	mcp_call_progress_of(call, seconds > least ? seconds : least, 0,
	    message);
}

struct mcp_reply
call_done(struct mcp_call *call)
{
	const struct mcp_reply reply = { call };

	call_free(call);
	return reply;
}

void
mcp_call_finish(const struct mcp_call *call, struct mcp_reply reply)
{
	assert(reply.call == call);
}

struct mcp_reply
call_answer(struct mcp_call *call, struct json_object *result)
{
	struct mcp_request req = call_request(call);

	peer_result(&req, result);
	return call_done(call);
}

struct mcp_reply
mcp_reply_result(struct mcp_call *call, const struct mcp_result *result)
{
	return call_answer(call, content_result(result, call->version));
}

static struct mcp_reply
reply(struct mcp_call *call, const char *text, bool is_error)
{
	const struct mcp_content content = { .type = MCP_TEXT, .text = text };
	const struct mcp_result result = { .content = &content,
		.n = 1,
		.is_error = is_error };

	return mcp_reply_result(call, &result);
}

struct mcp_reply
mcp_reply_text(struct mcp_call *call, const char *text)
{
	return reply(call, text, false);
}

struct mcp_reply
mcp_reply_failure(struct mcp_call *call, const char *text)
{
	const struct mcp_info *info = call->peer->info;
	char *other = info->word_failure == NULL ?
	    NULL :
	    info->word_failure(mcp_call_user(call), text);
	struct mcp_reply failure = reply(call, other != NULL ? other : text,
	    true);

	free(other);
	return failure;
}

struct mcp_reply
mcp_reply_error(struct mcp_call *call, enum mcp_code code, const char *fmt, ...)
{
	struct mcp_request req = call_request(call);
	char text[ERROR_TEXT_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	peer_error(&req, (enum rpc_code)code, NULL, "%s", text);
	return call_done(call);
}

/*
 * Before 2026-07-28 there is no error code for this, and a tool result reaches
 * the model.
 */
struct mcp_reply
mcp_reply_lacks(struct mcp_call *call, unsigned wanted)
{
	struct mcp_request req = call_request(call);
	struct json_object *lacked;
	struct mcp_reply reply;
	char *text;

	if (call->modern || call->tool == NULL) {
		abilities_lacking(&req, wanted);
		return call_done(call);
	}
	lacked = abilities_published(wanted & ~call->abilities);
	text = xasprintf("%s needs a client with the capabilities %s",
	    call->tool->name, json_text(lacked, NULL));
	reply = mcp_reply_failure(call, text);
	free(text);
	json_object_put(lacked);
	return reply;
}

struct mcp_reply
mcp_reply_later(struct mcp_call *call, void (*cancelled)(void *), void *arg)
{
	call->cancelled = cancelled;
	call->cancelled_arg = arg;
	return (struct mcp_reply){ call };
}
