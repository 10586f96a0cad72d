/*
 * Tool calls as JSON-RPC lines.  See rpc.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cli/link.h"
#include "cli/reader.h"
#include "cli/rpc.h"
#include "common/error.h"
#include "common/launch.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "json/json.h"

/* A daemon that is being replaced is away for less. */
#define RECONNECT_MS 10000
#define RETRY_MS 100
/* How many losses in a row are no accident. */
#define LOSSES_MAX 5

/* A call without an answer, which the next daemon is sent again. */
struct open_call {
	struct open_call *next;
	int64_t id;
	uint64_t ordinal;
	int64_t sent_at; /* monotonic, ms */
	char *line;      /* with its newline */
};

struct rpc {
	struct link link;
	char session[37];
	uint64_t ordinal;       /* of the next line */
	int64_t id;             /* of the last call */
	int losses;             /* since a daemon last answered something */
	int hangups;            /* since one last said hello */
	bool prints;            /* nobody else wants what is waited for */
	struct open_call *open; /* in the order they were sent */
	void (*progress)(int64_t so_far, int64_t all, void *arg); /* or NULL */
	void *arg;
};

/* Drops the call at the place *at. */
static void
call_drop(struct open_call **at)
{
	struct open_call *call = *at;

	*at = call->next;
	free(call->line);
	free(call);
}

static void
call_add(struct rpc *rpc, const char *line)
{
	struct open_call *call = xcalloc(1, sizeof(*call)), **at = &rpc->open;

	call->id = rpc->id;
	call->ordinal = rpc->ordinal++;
	call->sent_at = time_mono_ms();
	call->line = xasprintf("%s\n", line);
	while (*at != NULL)
		at = &(*at)->next;
	*at = call;
	link_send(&rpc->link, call->line, strlen(call->line));
}

static void
call_answered(struct rpc *rpc, int64_t id)
{
	struct open_call **at = &rpc->open;

	while (*at != NULL && (*at)->id != id)
		at = &(*at)->next;
	if (*at != NULL)
		call_drop(at);
}

static void
describe_open(const struct rpc *rpc, struct buf *out)
{
	int64_t now = time_mono_ms();
	const struct open_call *call;
	const char *comma = "";

	buf_puts(out, "[");
	for (call = rpc->open; call != NULL; call = call->next) {
		buf_printf(out, "%s[%" PRIu64 ",%" PRId64 "]", comma,
		    call->ordinal, now - call->sent_at);
		comma = ",";
	}
	buf_puts(out, "]");
}

/* Connects, and sends again what has no answer. */
static int
connect_daemon(struct rpc *rpc, struct error *err)
{
	const struct open_call *call;
	struct buf replays = { 0 };
	int result;

	describe_open(rpc, &replays);
	result = link_open(&rpc->link, rpc->session, rpc->ordinal, replays.data,
	    err);
	buf_clear(&replays);
	if (result != 0)
		return -1;
	for (call = rpc->open; call != NULL; call = call->next)
		link_send(&rpc->link, call->line, strlen(call->line));
	return 0;
}

void
rpc_free(struct rpc *rpc)
{
	if (rpc == NULL)
		return;
	while (rpc->open != NULL)
		call_drop(&rpc->open);
	link_close(&rpc->link);
	free(rpc);
}

/* err is that of the loss, and says why there is no other connection. */
static int
reconnect(struct rpc *rpc, struct error *err)
{
	int64_t deadline = time_mono_ms() + RECONNECT_MS;
	/* a daemon in its last moment still takes connections */
	bool again = !rpc->link.greeted && rpc->losses + rpc->hangups > 0;
	int *count = rpc->link.greeted ? &rpc->losses : &rpc->hangups;

	if (err->code == ERR_INVALID)
		return -1;
	if (rpc->link.greeted)
		rpc->hangups = 0;
	if (++*count > LOSSES_MAX) {
		fail(err, ERR_SYSTEM,
		    "the daemon went away %d times without an answer; "
		    "see its log",
		    LOSSES_MAX);
		return -1;
	}
	link_close(&rpc->link);
	if (again)
		poll(NULL, 0, RETRY_MS);
	while (connect_daemon(rpc, err) != 0) {
		if (err->code == ERR_INVALID || time_mono_ms() > deadline)
			return -1;
		poll(NULL, 0, RETRY_MS);
	}
	return 0;
}

struct rpc *
rpc_open(struct error *err)
{
	struct rpc *rpc = xcalloc(1, sizeof(*rpc));

	link_init(&rpc->link);
	rpc->ordinal = 1;
	launch_session(rpc->session);
	if (connect_daemon(rpc, err) == 0)
		return rpc;
	rpc_free(rpc);
	return NULL;
}

bool
rpc_selects(struct rpc *rpc)
{
	struct error err; /* a request meets it, too */

	return link_greeted(&rpc->link, -1, &err) == 0 &&
	    rpc->link.daemon.selects;
}

bool
rpc_glances(struct rpc *rpc)
{
	struct error err;

	return link_greeted(&rpc->link, -1, &err) == 0 &&
	    rpc->link.daemon.glances;
}

static struct json_object *
new_request(int64_t id, const char *tool, struct json_object *args)
{
	struct json_object *request = json_object_new_object();
	struct json_object *params = json_object_new_object();
	struct json_object *meta = json_object_new_object();

	json_add_string(meta, "io.modelcontextprotocol/protocolVersion",
	    "2026-07-28");
	json_add(meta, "io.modelcontextprotocol/clientCapabilities",
	    json_object_new_object());
	json_add_int(meta, "progressToken", id);
	json_add_string(params, "name", tool);
	json_add(params, "arguments", json_object_get(args));
	json_add(params, "_meta", meta);
	json_add_string(request, "jsonrpc", "2.0");
	json_add_int(request, "id", id);
	json_add_string(request, "method", "tools/call");
	json_add(request, "params", params);
	return request;
}

int64_t
rpc_send(struct rpc *rpc, const char *tool, struct json_object *args,
    struct error *err)
{
	struct json_object *request = new_request(++rpc->id, tool, args);
	size_t len;
	const char *text = json_text(request, &len);

	if (len > LINE_MAX_BYTES) {
		fail(err, ERR_LIMIT,
		    "the request has %zu bytes, the most allowed are %u; put "
		    "what is large into a file and name that",
		    len, LINE_MAX_BYTES);
		json_object_put(request);
		return -1;
	}
	call_add(rpc, text);
	json_object_put(request);
	return rpc->id;
}

int
rpc_fd(const struct rpc *rpc)
{
	return rpc->link.fd;
}

/* The text of a tool's result, or of an error in its place. */
static void
take_reply(struct json_object *message, struct rpc_reply *reply)
{
	struct json_object *result = json_object_at(message, "result");
	struct json_object *content = json_array_at(result, "content");
	struct json_object *error = json_object_at(message, "error");
	const char *text;

	reply->failed = result == NULL;
	json_bool_at(result, "isError", &reply->failed);
	if (content != NULL && json_object_array_length(content) > 0)
		text = json_string_at(json_object_array_get_idx(content, 0),
		    "text");
	else
		text = json_string_at(error, "message");
	reply->text = xstrdup(text != NULL ? text : "");
}

static void
take_notice(const struct rpc *rpc, struct json_object *message)
{
	struct json_object *params = json_object_at(message, "params");
	const char *method = json_string_at(message, "method");
	double so_far = 0, all = 0;

	if (rpc->progress == NULL || method == NULL ||
	    strcmp(method, "notifications/progress") != 0)
		return;
	json_number_at(params, "progress", &so_far);
	json_number_at(params, "total", &all);
	if (so_far >= 0 && so_far < 1e15 && all >= 0 && all < 1e15)
		rpc->progress((int64_t)so_far, (int64_t)all, rpc->arg);
}

/* The next reply; 0: not there yet; -1: the connection is lost, err says how. */
static int
receive(struct rpc *rpc, struct rpc_reply *reply, struct error *err)
{
	struct json_object *message = NULL;
	int got;

	while ((got = link_take(&rpc->link, &message, err)) == 1) {
		rpc->losses = 0;
		if (json_int_at(message, "id", &reply->id)) {
			call_answered(rpc, reply->id);
			take_reply(message, reply);
			json_object_put(message);
			return 1;
		}
		take_notice(rpc, message);
		json_object_put(message);
	}
	return got;
}

int
rpc_receive(struct rpc *rpc, struct rpc_reply *reply, struct error *err)
{
	int got;

	while ((got = receive(rpc, reply, err)) == -1)
		if (reconnect(rpc, err) != 0)
			return -1;
	return got;
}

void
rpc_on_progress(struct rpc *rpc, void (*fn)(int64_t, int64_t, void *),
    void *arg)
{
	rpc->progress = fn;
	rpc->arg = arg;
}

void
rpc_prints(struct rpc *rpc)
{
	rpc->prints = true;
}

/* Waits for more from the daemon; -1 with err: it is of no use any more. */
static int
await(struct rpc *rpc, struct error *err)
{
	struct pollfd fds[] = { { .fd = rpc_fd(rpc), .events = POLLIN },
		{ .fd = -1 } };

	if (rpc->prints)
		fds[1] = reader_poll();
	while (poll(fds, 2, -1) == -1 && errno == EINTR)
		continue;
	return reader_is_gone(&fds[1]) ? reader_miss(err) : 0;
}

int
rpc_next(struct rpc *rpc, struct rpc_reply *reply, struct error *err)
{
	int got;

	while ((got = rpc_receive(rpc, reply, err)) == 0)
		if (await(rpc, err) != 0)
			return -1;
	return got == 1 ? 0 : -1;
}

int
rpc_wait(struct rpc *rpc, int64_t id, struct rpc_reply *reply,
    struct error *err)
{
	while (rpc_next(rpc, reply, err) == 0) {
		if (reply->id == id)
			return 0;
		free(reply->text); /* of a call given up */
	}
	return -1;
}

int
rpc_call(struct rpc *rpc, const char *tool, struct json_object *args,
    struct rpc_reply *reply, struct error *err)
{
	int64_t id = rpc_send(rpc, tool, args, err);

	json_object_put(args);
	return id == -1 ? -1 : rpc_wait(rpc, id, reply, err);
}
