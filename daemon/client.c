/*
 * Clients: lines in, lines out, with bounds on both sides.  See client.h.
 * Long because each direction stops the other.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/lines.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/client.h"
#include "daemon/config.h"
#include "daemon/crash.h"
#include "daemon/hello.h"
#include "daemon/names.h"
#include "daemon/os/heap.h"
#include "daemon/os/loop.h"
#include "daemon/os/slices.h"
#include "daemon/os/watchdog.h"
#include "daemon/outbox.h"
#include "daemon/prefix.h"
#include "daemon/reply/elicit.h"
#include "daemon/session.h"
#include "daemon/store/notes.h"
#include "daemon/store/unsynced.h"
#include "daemon/task/peer.h"
#include "json/json.h"
#include "mcp/mcp.h"
#include "mcp/rpc.h"

#define READ_CHUNK (64u << 10)
/* A line of a megabyte, or a part of it, may take a turn so much longer. */
#define MS_PER_MEGABYTE 100
/* So many leave memory behind that is worth giving back. */
#define TRIM_FROM 10

struct client {
	TAILQ_ENTRY(client) entry;
	struct bufferevent *bev;
	struct session session;
	struct peer who;
	struct mcp_peer *peer; /* NULL until hello */
	struct event *due;     /* when hello should have come */
	bool late;             /* it got some more time */
	struct lines lines;    /* what is coming in */
	struct outbox outbox;  /* what waits for the disk on its way out */
	bool slow;             /* leaves too much unread: we do not read */
	bool deaf;             /* nothing can be written to it any more */
	bool closing;          /* refused: we wait for EOF only */
	bool ended;    /* it has gone, and what it sent is still taken */
	int64_t slice; /* until when its lines are taken in this turn */
	bool cut_off;  /* we cut it off: its requests come again */
};

static TAILQ_HEAD(, client) clients = TAILQ_HEAD_INITIALIZER(clients);
static size_t count, most; /* and how many there were */
static void (*gone)(void);

/* What they had is given back each time that half of them have left. */
static void
count_out(void)
{
	if (--count > most / 2)
		return;
	if (most >= TRIM_FROM)
		heap_trim();
	most = count;
}

static void
client_free(struct client *client)
{
	TAILQ_REMOVE(&clients, client, entry);
	elicit_leave(&client->session);
	mcp_peer_free(client->peer);
	if (client->due != NULL)
		event_free(client->due);
	bufferevent_free(client->bev);
	session_clear(&client->session);
	peer_clear(&client->who);
	lines_clear(&client->lines);
	outbox_clear(&client->outbox);
	free(client);
	count_out();
	if (gone != NULL)
		gone();
}

static void
free_sent(const void *data, size_t len, void *arg)
{
	(void)data;
	(void)len;
	free(arg);
}

static size_t
queued(const struct client *client)
{
	return evbuffer_get_length(bufferevent_get_output(client->bev)) +
	    client->outbox.bytes;
}

/*
 * The user's epoll watches may be used up: a client that nobody watches is
 * cut off, so that it tries again.
 */
static void
watch(struct client *client, short what)
{
	if (bufferevent_enable(client->bev, what) == 0)
		return;
	log_warn("cannot watch a client (epoll); it is cut off");
	client->cut_off = true;
	bufferevent_trigger_event(client->bev, BEV_EVENT_ERROR,
	    BEV_OPT_DEFER_CALLBACKS);
}

static void
set_slow(struct client *client, bool slow)
{
	if (client->slow == slow)
		return;
	client->slow = slow;
	if (slow)
		bufferevent_disable(client->bev, EV_READ);
	else
		watch(client, EV_READ);
	if (client->peer != NULL)
		mcp_peer_slow(client->peer, slow);
}

/* Long answers are handed over, not copied. */
static void
write_line(struct client *client, char *line, size_t len)
{
	struct evbuffer *out = bufferevent_get_output(client->bev);

	if (client->deaf) {
		free(line);
		return;
	}
	if (len < 1024) {
		bufferevent_write(client->bev, line, len);
		free(line);
	} else
		evbuffer_add_reference(out, line, len, free_sent, line);
	watch(client, EV_WRITE); /* libevent does not tell when it cannot */
}

static void
write_settled(struct client *client)
{
	size_t len;
	char *line;

	while ((line = outbox_next(&client->outbox, &len)) != NULL)
		write_line(client, line, len);
}

/* What hello answers, and which request is handled, tells of no task. */
static void
client_send(struct client *client, char *line, size_t len)
{
	STEP("answer-unsent");
	if (outbox_hold(&client->outbox, line, len))
		write_settled(client);
	else
		write_line(client, line, len);
	if (!client->deaf && queued(client) > CLIENT_MAX_QUEUED)
		set_slow(client, true);
}

/* Lines may go that have waited for the disk. */
void
client_go_on(void)
{
	struct client *client;

	TAILQ_FOREACH(client, &clients, entry)
		write_settled(client);
}

static void
send_line(void *user, char *line, size_t len)
{
	struct session *session = user;

	client_send(session->connection, line, len);
}

/* Writes what the socket takes at once, also when we do not come back. */
static void
flush(struct client *client)
{
	struct evbuffer *out = bufferevent_get_output(client->bev);

	evbuffer_unfreeze(out, 1);
	evbuffer_write(out, bufferevent_getfd(client->bev));
	evbuffer_freeze(out, 1);
}

static void
tell(struct client *client, const char *what, uint64_t ordinal)
{
	char *line = xasprintf("{\"jsonrpc\":\"2.0\",\"method\":\"ccproc/%s\","
			       "\"params\":{\"ordinal\":%" PRIu64 "}}\n",
	    what, ordinal);

	write_line(client, line, strlen(line));
	flush(client);
}

static size_t
unsent(const struct client *client)
{
	return evbuffer_get_length(bufferevent_get_output(client->bev));
}

/*
 * Tells a bridge which request is being handled: one that we die of is not
 * sent to the next daemon for ever.  What is soon over is not told, for a
 * bridge that hears of it is one more process that runs; a request that comes
 * again is, as a daemon may have died of it.  What is written last, when we
 * die, must begin a line.
 */
static bool
tell_handling(void *user, uint64_t ordinal, enum mcp_handling stage)
{
	struct session *session = user;
	struct client *client = session->connection;
	bool told, again = ordinal < session->ordinal;

	if (stage == MCP_TAKING || stage == MCP_RESUMED) {
		if (stage == MCP_TAKING && again)
			tell(client, "taking", ordinal);
		else if (unsent(client) > 0)
			flush(client);
		crash_handling(bufferevent_getfd(client->bev),
		    unsent(client) == 0 ? ordinal : 0, again);
		return again;
	}
	told = crash_handled();
	if (stage == MCP_WORKED || (told && stage == MCP_TAKEN))
		tell(client, "taken", ordinal);
	return told;
}

static void
refuse(struct client *client, const char *id, const char *text)
{
	size_t len;
	char *line = rpc_error(id, RPC_INVALID_REQUEST, text, NULL, &len);

	write_line(client, line, len);
	client->closing = true;
}

static void
serve(struct client *client, const struct mcp_info *info)
{
	struct session *session = &client->session;
	char name[64];

	event_free(client->due);
	client->due = NULL;
	session->connection = client;
	client->peer = mcp_peer_new(info, send_line, session);
	snprintf(name, sizeof(name), "%s %.8s", session->client, session->uuid);
	mcp_peer_name(client->peer, name);
	mcp_peer_number_from(client->peer, session->ordinal, session->replays,
	    session->nreplays);
	if (session_can(session, "taken"))
		mcp_peer_on_handling(client->peer, tell_handling);
}

static void
hello(struct client *client, const char *line, size_t len)
{
	const struct mcp_info *info;
	struct rpc_message msg;
	enum rpc_code code;
	struct error err;
	char *answer;

	if (rpc_parse(&msg, line, len, &code, &err) != 0 ||
	    (info = hello_take(&msg, bufferevent_getfd(client->bev),
		 &client->who, &client->session, &err)) == NULL)
		refuse(client, msg.id, err.text);
	else {
		serve(client, info);
		answer = hello_answer(msg.id, &len);
		write_line(client, answer, len);
		log_debug("%s %s (pid %d) connected", client->session.client,
		    client->session.uuid, (int)client->session.pid);
	}
	rpc_clear(&msg);
}

static void
take_line(struct client *client, struct jsonspan line)
{
	if (line.len == 0 ||
	    prefix_give_way(client->peer == NULL ? client->who.pid :
						   client->session.pid))
		return;
	STEP("line-read");
	if (line.len > READ_CHUNK)
		watchdog_allow((1 + (line.len >> 20)) * MS_PER_MEGABYTE);
	unsynced_request((struct unsynced_span){ 0, 0 });
	if (client->peer == NULL)
		hello(client, line.at, line.len);
	else
		mcp_peer_line(client->peer, line.at, line.len);
}

static void
refuse_long_line(struct client *client)
{
	char text[160], *line;
	size_t len;

	snprintf(text, sizeof(text),
	    "a line of more than %u bytes was "
	    "dropped; put what is large into a file and name that",
	    LINE_MAX_BYTES);
	line = rpc_error(NULL, RPC_INVALID_REQUEST, text, NULL, &len);
	client_send(client, line, len);
}

/* One line is taken in any case; the slice begins with the next. */
static bool
has_turn(struct client *client, size_t taken)
{
	if (taken == 1)
		client->slice = slices_begin();
	return taken < 2 || !slices_over(client->slice);
}

/*
 * Returns how many bytes were taken: those of a slow client stay for later, and
 * those of one with much to ask for the next turn.
 */
static size_t
take_bytes(struct client *client, const char *data, size_t len)
{
	struct lines *lines = &client->lines;
	struct jsonspan line;
	bool large = false;
	size_t taken = 0;
	enum line got;

	lines_feed(lines, data, len);
	while (!client->slow && !client->closing && has_turn(client, taken++) &&
	    (got = lines_next(lines, &line)) != LINE_NONE) {
		if (got == LINE_WHOLE)
			take_line(client, line);
		else if (got == LINE_TOO_LONG)
			refuse_long_line(client);
		large = large || line.len > READ_CHUNK;
	}
	if (large)
		heap_trim(); /* the line and its tree were large */
	if (!client->closing)
		len -= lines->left;
	lines_feed(lines, NULL, 0);
	return len;
}

/* Its session has ended and sends no request again, or we cut it off. */
static void
leave(struct client *client)
{
	if (client->peer != NULL)
		log_debug("%s %.8s: gone", client->session.client,
		    client->session.uuid);
	if (client->session.noted && !client->cut_off)
		store_drop_notes(client->session.uuid);
	client_free(client);
}

/* It comes again in the next turn. */
static void
take_later(struct client *client)
{
	bufferevent_trigger(client->bev, EV_READ,
	    BEV_TRIG_IGNORE_WATERMARKS | BEV_OPT_DEFER_CALLBACKS);
}

/* The client is gone after that, if it has ended. */
static void
take_input(struct client *client)
{
	struct evbuffer *in = bufferevent_get_input(client->bev);
	static char chunk[READ_CHUNK];
	size_t taken = 0;
	ev_ssize_t n = 0;

	while (!client->slow && names_are_read() && taken == (size_t)n &&
	    (n = evbuffer_copyout(in, chunk, sizeof(chunk))) > 0) {
		taken = take_bytes(client, chunk, (size_t)n);
		evbuffer_drain(in, taken);
	}
	if (client->ended && evbuffer_get_length(in) == 0)
		leave(client);
	else if (taken < (size_t)n && !client->slow)
		take_later(client);
}

/* They have waited until we know the names of all tasks. */
void
client_take_all(void)
{
	struct client *client;

	TAILQ_FOREACH(client, &clients, entry)
		take_later(client);
}

static void
on_read(struct bufferevent *bev, void *arg)
{
	(void)bev;
	take_input(arg);
}

static void
on_written(struct bufferevent *bev, void *arg)
{
	struct client *client = arg;

	STEP("answer-sent");
	if (client->closing) {
		/* closing with input unread would destroy the answer */
		if (queued(client) == 0)
			shutdown(bufferevent_getfd(bev), SHUT_WR);
	} else {
		set_slow(client, false);
		take_input(client);
	}
}

/* It reads no more; what it has asked for may still be on its way. */
static void
go_deaf(struct client *client)
{
	struct evbuffer *out = bufferevent_get_output(client->bev);

	client->deaf = true;
	evbuffer_unfreeze(out, 1);
	evbuffer_drain(out, evbuffer_get_length(out));
	evbuffer_freeze(out, 1);
	set_slow(client, false);
	take_later(client);
}

static void
on_event(struct bufferevent *bev, short what, void *arg)
{
	struct client *client = arg;

	(void)bev;
	if ((what & (BEV_EVENT_EOF | BEV_EVENT_ERROR)) == 0)
		return;
	if (client->cut_off || client->closing)
		leave(client);
	else if ((what & BEV_EVENT_WRITING) != 0)
		go_deaf(client);
	else {
		client->ended = true;
		take_later(client);
	}
}

/*
 * A silent client would keep a place for ever; one that was refused and stays
 * would, too.  When it is we who were slow, its hello is there to be read.
 */
static void
on_due(int fd, short what, void *arg)
{
	struct client *client = arg;
	int unread = 0;

	(void)fd;
	(void)what;
	ioctl(bufferevent_getfd(client->bev), FIONREAD, &unread);
	if ((unread > 0 || !names_are_read()) && !client->late) {
		client->late = true;
		loop_timer_start(client->due, HELLO_MAX_MS);
		return;
	}
	if (!client->closing) {
		refuse(client, NULL, "no ccproc/hello came in time");
		flush(client);
	}
	log_debug("a client that said no hello is cut off");
	client_free(client);
}

void
client_new(int fd, const struct peer *peer)
{
	struct client *client = xcalloc(1, sizeof(*client));
	struct error unsound;

	(void)config_check(&unsound); /* somebody may have mended it */
	client->who = *peer;
	client->bev = bufferevent_socket_new(loop_base(), fd,
	    BEV_OPT_CLOSE_ON_FREE);
	if (client->bev == NULL)
		fatalx("out of memory: bufferevent");
	bufferevent_setcb(client->bev, on_read, on_written, on_event, client);
	bufferevent_setwatermark(client->bev, EV_READ, 0, 4 * READ_CHUNK);
	/* reading goes on when half of what stopped it is written */
	bufferevent_setwatermark(client->bev, EV_WRITE, CLIENT_MAX_QUEUED / 2,
	    0);
	client->due = loop_timer_new(on_due, client);
	loop_timer_start(client->due, HELLO_MAX_MS);
	outbox_init(&client->outbox);
	TAILQ_INSERT_TAIL(&clients, client, entry);
	count++;
	most = count > most ? count : most;
	watch(client, EV_READ);
}

size_t
client_count(void)
{
	return count;
}

bool
client_has_room(const struct peer *peer)
{
	const struct client *client;
	size_t inside = 0, same = 0;

	if (peer->where == WHERE_OUTSIDE)
		return true;
	TAILQ_FOREACH(client, &clients, entry) {
		if (client->who.where == WHERE_OUTSIDE)
			continue;
		inside++;
		same += client->who.where == peer->where &&
		    client->who.inside == peer->inside;
	}
	return inside < CLIENTS_MAX_INSIDE && same < CLIENTS_MAX_OF_TASK;
}

static struct json_object *
client_published(const struct client *client)
{
	const struct session *session = &client->session;
	struct json_object *out = json_object_new_object();

	json_add_string(out, "client", session->client);
	json_add_string(out, "session", session->uuid);
	json_add_string(out, "owner", session->owner);
	json_add_int(out, "pid", session->pid);
	if (client->peer != NULL && !peer_is_known(session))
		json_add_bool(out, "unknown_origin", true);
	if (peer_inside(session) != 0)
		json_add_int(out, "inside_task", (int64_t)peer_inside(session));
	if (client->peer != NULL)
		mcp_peer_describe(client->peer, out);
	json_add_int(out, "bytes_queued", (int64_t)queued(client));
	json_add_int(out, "bytes_held", (int64_t)client->outbox.bytes);
	json_add_bool(out, "slow", client->slow);
	json_add_bool(out, "refused", client->closing);
	return out;
}

struct json_object *
client_describe_all(void)
{
	struct json_object *out = json_object_new_array();
	const struct client *client;

	TAILQ_FOREACH(client, &clients, entry)
		json_object_array_add(out, client_published(client));
	return out;
}

void
client_on_gone(void (*fn)(void))
{
	gone = fn;
}

/* Sends what is queued, as far as the socket takes it at once. */
void
client_close_all(void)
{
	struct client *client;
	struct evbuffer *out;

	gone = NULL;
	while ((client = TAILQ_FIRST(&clients)) != NULL) {
		if (client->peer != NULL)
			mcp_peer_goodbye(client->peer);
		out = bufferevent_get_output(client->bev);
		bufferevent_disable(client->bev, EV_READ | EV_WRITE);
		evbuffer_unfreeze(out, 1);
		evbuffer_write(out, bufferevent_getfd(client->bev));
		client_free(client);
	}
}
