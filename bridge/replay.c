/*
 * What is remembered of a session.  See replay.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/answer.h"
#include "bridge/replay.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/monotime.h"

/* A line that does not fit is not kept; it passes all the same. */
#define REPLAY_MAX_BYTES (16u << 20)
/*
 * Far more than a daemon lets a session have in flight, and no more than one
 * hello can tell of (three values each, JSON_MAX_NODES).
 */
#define REPLAY_MAX_OPEN 10000
/* How many daemons in a row may die of the same request. */
#define DEATHS_MAX 2
/*
 * Who is killed while it handles a request, and does not say that it dies of
 * it, may have been killed by anybody; unless it took that long, so that it
 * had no memory or hung.
 */
#define TAKING_MAX_MS 1000

void
replay_init(struct replay *replay)
{
	pending_init(&replay->list);
}

void
replay_clear(struct replay *replay)
{
	pending_clear(&replay->list);
}

bool
replay_any(const struct replay *replay)
{
	return replay->list.first != NULL;
}

bool
replay_waits(const struct replay *replay)
{
	return replay->list.open > 0;
}

bool
replay_full(const struct replay *replay)
{
	return replay->list.open >= REPLAY_MAX_OPEN;
}

/* Returns a copy of text as a line; the caller frees. */
static char *
line_of(struct jsonspan text)
{
	char *line = xcalloc(1, text.len + 1);

	memcpy(line, text.at, text.len);
	line[text.len] = '\n';
	return line;
}

static struct pending *
add(struct replay *replay, const struct message *msg, uint64_t end,
    uint64_t ordinal)
{
	bool in_batch = ordinal == 0 && msg->method != METHOD_INITIALIZED;
	size_t len = msg->text.len + 1;
	struct pending *p;
	char *line = NULL;

	if (!in_batch && replay->list.bytes + len <= REPLAY_MAX_BYTES)
		line = line_of(msg->text);
	p = pending_add(&replay->list, msg->id, line, line == NULL ? 0 : len);
	p->method = msg->method;
	p->end = end;
	p->ordinal = ordinal;
	p->arrived = monotime_ms();
	return p;
}

/* No answer comes for what was cancelled. */
static void
forget(struct replay *replay, struct jsonspan id)
{
	struct pending **at = pending_find(&replay->list, id);

	if (at != NULL && !(*at)->kept)
		pending_drop(&replay->list, at);
}

/* Whether a kept subscription is to uri; other methods are kept only once. */
static bool
same_subject(const struct pending *p, struct jsonspan uri)
{
	struct jsonspan text = { p->line, p->line_len };
	struct message msg;

	return p->method != METHOD_SUBSCRIBE ||
	    (message_read(text, &msg) && message_same_id(msg.about, uri));
}

/* Drops what was kept of a method before `until`; the newest one counts. */
static void
drop_kept(struct replay *replay, enum method method, struct jsonspan uri,
    const struct pending *until)
{
	struct pending **at = &replay->list.first;

	while (*at != until) {
		if ((*at)->kept && (*at)->method == method &&
		    same_subject(*at, uri))
			pending_drop(&replay->list, at);
		else
			at = &(*at)->next;
	}
}

/* No answer names an id that is neither a string nor a number. */
static bool
has_valid_id(const struct message *msg)
{
	char type = jsonscan_type(msg->id);

	return (type == '"' || type == '0') && msg->id.len <= ID_MAX_BYTES;
}

void
replay_client(struct replay *replay, const struct message *msg, uint64_t end,
    uint64_t ordinal)
{
	const struct jsonspan none = { NULL, 0 };
	struct pending *p;

	if (msg->method == METHOD_CANCELLED) {
		forget(replay, msg->about);
	} else if (message_is_request(msg)) {
		if (has_valid_id(msg))
			add(replay, msg, end, ordinal);
	} else if (msg->method == METHOD_INITIALIZED) {
		p = add(replay, msg, end, 0);
		pending_keep(&replay->list, p);
		drop_kept(replay, METHOD_INITIALIZED, none, p);
	}
}

/* The request at, which has just been answered, tells every new daemon. */
static void
keep(struct replay *replay, struct pending *p)
{
	struct jsonspan text = { p->line, p->line_len };
	struct message msg;

	pending_keep(&replay->list, p);
	if (message_read(text, &msg))
		drop_kept(replay, p->method, msg.about, p);
}

/* Forgets what the request at undoes. */
static void
unsubscribe(struct replay *replay, const struct pending *p)
{
	struct jsonspan text = { p->line, p->line_len };
	struct message msg;

	if (message_read(text, &msg))
		drop_kept(replay, METHOD_SUBSCRIBE, msg.about, p);
}

static bool
answered(struct replay *replay, const struct message *msg)
{
	struct pending **at = pending_find(&replay->list, msg->id), *p;

	if (at == NULL)
		return true;
	p = *at;
	if (p->kept) {
		p->swallow = false;
		return false;
	}
	if (!msg->failed && p->line != NULL) {
		if (p->method == METHOD_INITIALIZE ||
		    p->method == METHOD_SET_LEVEL ||
		    p->method == METHOD_SUBSCRIBE) {
			keep(replay, p);
			return true;
		}
		if (p->method == METHOD_UNSUBSCRIBE)
			unsubscribe(replay, p);
	}
	forget(replay, msg->id);
	return true;
}

/* The client learns only once that its listen is open. */
static bool
acknowledged(struct replay *replay, const struct message *msg)
{
	struct pending **at = pending_find(&replay->list, msg->about);
	bool before;

	if (at == NULL)
		return true;
	before = (*at)->acked;
	(*at)->acked = true;
	return !before;
}

/* A request with any other id is the daemon's own. */
static void
end_listen(struct replay *replay, struct jsonspan id)
{
	struct pending **at = pending_find(&replay->list, id);

	if (at != NULL && (*at)->method == METHOD_LISTEN)
		pending_drop(&replay->list, at);
}

/* Only daemons that die before they come back from a request count. */
static void
handled(struct replay *replay, uint64_t ordinal, enum method what)
{
	struct pending *p = replay->list.first;

	while (p != NULL && (p->ordinal != ordinal || ordinal == 0))
		p = p->next;
	if (p == NULL)
		return;
	p->taking = what != METHOD_TAKEN;
	p->died = what == METHOD_DIED;
	if (what == METHOD_TAKING)
		p->taking_since = monotime_ms();
	else if (what == METHOD_TAKEN)
		p->deaths = 0;
}

static bool
was_deadly(const struct pending *p)
{
	return p->taking &&
	    (p->died || monotime_ms() - p->taking_since >= TAKING_MAX_MS);
}

bool
replay_daemon(struct replay *replay, const struct message *msg)
{
	switch (msg->method) {
	case METHOD_NONE:
		return answered(replay, msg);
	case METHOD_ACKNOWLEDGED:
		return acknowledged(replay, msg);
	case METHOD_CANCELLED:
		end_listen(replay, msg->about);
		return true;
	case METHOD_TAKING:
	case METHOD_TAKEN:
	case METHOD_DIED:
		handled(replay, message_ordinal(msg), msg->method);
		return false;
	default:
		return true;
	}
}

static void
answer_deadly_request(const struct pending *p, struct queue *to_client)
{
	struct jsonspan text = { p->line, p->line_len };
	struct message msg;
	char name[64];
	bool named = p->line != NULL && message_read(text, &msg) &&
	    message_tool(&msg, name, sizeof(name)) != NULL;

	answer_deadly(to_client, p->method, p->id, named ? name : NULL,
	    p->deaths);
}

void
replay_lost(struct replay *replay, uint64_t sent, struct queue *to_client)
{
	struct pending **at = &replay->list.first, *p;

	while ((p = *at) != NULL) {
		p->swallow = false;
		p->again = p->end <= sent;
		p->deaths += was_deadly(p);
		p->taking = p->died = false;
		if (p->deaths >= DEATHS_MAX && !p->kept) {
			answer_deadly_request(p, to_client);
			pending_drop(&replay->list, at);
		} else
			at = &p->next;
	}
}

static bool
is_sent_again(const struct pending *p)
{
	return p->again && p->line != NULL;
}

void
replay_describe(const struct replay *replay, struct buf *out)
{
	int64_t now = monotime_ms();
	const struct pending *p;
	const char *comma = "";

	buf_puts(out, "[");
	for (p = replay->list.first; p != NULL; p = p->next) {
		if (!is_sent_again(p) || p->ordinal == 0)
			continue;
		buf_printf(out, "%s[%" PRIu64 ",%" PRId64 "]", comma,
		    p->ordinal, now - p->arrived);
		comma = ",";
	}
	buf_puts(out, "]");
}

void
replay_restore(struct replay *replay, struct queue *to_daemon,
    struct queue *to_client)
{
	struct pending **at = &replay->list.first, *p;

	while ((p = *at) != NULL) {
		if (p->again && p->line == NULL) {
			answer_restarted(to_client, p->method, p->id);
			pending_drop(&replay->list, at);
			continue;
		}
		if (is_sent_again(p)) {
			queue_add(to_daemon, p->line, p->line_len);
			p->swallow = p->kept && p->id.at != NULL;
		}
		at = &p->next;
	}
}

void
replay_fail(struct replay *replay, const char *why, struct queue *to_client)
{
	struct pending **at = &replay->list.first, *p;

	while ((p = *at) != NULL) {
		if (p->kept || p->acked) { /* the next daemon is told */
			p->again = true;
			p->swallow = false;
			at = &p->next;
			continue;
		}
		answer_unreachable(to_client, p->method, p->id, p->again, why);
		pending_drop(&replay->list, at);
	}
}
