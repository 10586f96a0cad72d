/*
 * What is remembered of a session.  See replay.h.
 */
#include <stdlib.h>
#include <string.h>

#include "bridge/answer.h"
#include "bridge/replay.h"
#include "common/mem.h"

/* What does not fit is not remembered; it passes all the same. */
#define REPLAY_MAX_BYTES (16u << 20)

void
replay_init(struct replay *replay)
{
	memset(replay, 0, sizeof(*replay));
	pending_init(&replay->open);
}

/* Takes line. */
static void
keep(struct kept *kept, char *line, size_t len)
{
	free(kept->line);
	kept->line = line;
	kept->len = len;
}

void
replay_clear(struct replay *replay)
{
	pending_clear(&replay->open);
	keep(&replay->initialize, NULL, 0);
	keep(&replay->initialized, NULL, 0);
	keep(&replay->level, NULL, 0);
}

static size_t
remembered(const struct replay *replay)
{
	return replay->open.bytes + replay->initialize.len +
	    replay->initialized.len + replay->level.len;
}

static bool
has_room(const struct replay *replay, size_t bytes)
{
	return remembered(replay) + bytes <= REPLAY_MAX_BYTES;
}

bool
replay_any(const struct replay *replay)
{
	return remembered(replay) > 0;
}

/* Requests that change nothing, or that every daemon must see. */
static bool
repeatable(enum method method)
{
	return method == METHOD_READ || method == METHOD_INITIALIZE ||
	    method == METHOD_SET_LEVEL || method == METHOD_LISTEN;
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

static void
add_request(struct replay *replay, const struct message *msg, uint64_t end)
{
	char *line = NULL, type = jsonscan_type(msg->id);
	size_t len = repeatable(msg->method) ? msg->text.len + 1 : 0;
	struct pending *p;

	if ((type != '"' && type != '0') ||
	    !has_room(replay, pending_bytes(msg->id.len, len)))
		return;
	if (len > 0)
		line = line_of(msg->text);
	p = pending_insert(&replay->open, replay->open.end, msg->id, line, len);
	p->method = msg->method;
	p->end = end;
}

/* No answer comes for what was cancelled. */
static void
forget(struct replay *replay, struct jsonspan id)
{
	struct pending **at = pending_find(&replay->open, id);

	if (at != NULL && !(*at)->swallow)
		pending_drop(&replay->open, at);
}

void
replay_client(struct replay *replay, const struct message *msg, uint64_t end)
{
	size_t len = msg->text.len + 1;

	if (msg->method == METHOD_CANCELLED)
		forget(replay, msg->about);
	else if (message_is_request(msg))
		add_request(replay, msg, end);
	else if (msg->method == METHOD_INITIALIZED && has_room(replay, len))
		keep(&replay->initialized, line_of(msg->text), len);
}

static bool
answered(struct replay *replay, const struct message *msg)
{
	struct pending **at = pending_find(&replay->open, msg->id), *p;
	struct kept *kept = NULL;
	size_t len;
	bool pass;

	if (at == NULL)
		return true;
	p = *at;
	pass = !p->swallow;
	if (p->method == METHOD_INITIALIZE)
		kept = &replay->initialize;
	else if (p->method == METHOD_SET_LEVEL)
		kept = &replay->level;
	if (kept != NULL && pass && !msg->failed) {
		len = p->line_len;
		keep(kept, pending_take_line(&replay->open, p), len);
	}
	pending_drop(&replay->open, at);
	return pass;
}

/* The client learns only once that its listen is open. */
static bool
acknowledged(struct replay *replay, const struct message *msg)
{
	struct pending **at = pending_find(&replay->open, msg->about);
	bool before;

	if (at == NULL)
		return true;
	before = (*at)->acked;
	(*at)->acked = true;
	return !before;
}

/* Of other ids it is a request of the daemon's own that is cancelled. */
static void
end_listen(struct replay *replay, struct jsonspan id)
{
	struct pending **at = pending_find(&replay->open, id);

	if (at != NULL && (*at)->method == METHOD_LISTEN)
		pending_drop(&replay->open, at);
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
	default:
		return true;
	}
}

void
replay_lost(struct replay *replay, uint64_t sent)
{
	struct pending **at = &replay->open.first, *p;

	while ((p = *at) != NULL) {
		if (p->swallow) {
			pending_drop(&replay->open, at);
			continue;
		}
		if (p->end <= sent) {
			p->again = p->line != NULL;
			p->lost = !p->again;
		}
		at = &p->next;
	}
}

/* Answers what the new daemon cannot know. */
static void
answer_lost(struct replay *replay, struct queue *to_client)
{
	struct pending **at = &replay->open.first, *p;

	while ((p = *at) != NULL) {
		if (p->lost) {
			answer_restarted(to_client, p->method, p->id);
			pending_drop(&replay->open, at);
		} else {
			at = &p->next;
		}
	}
}

static void
put_kept(const struct kept *kept, struct queue *to_daemon)
{
	if (kept->line != NULL)
		queue_add(to_daemon, kept->line, kept->len);
}

/*
 * Sends an answered request again; its next answer is for us.  That one
 * comes before all others, so its place is the first.
 */
static unsigned
put_answered(struct replay *replay, const struct kept *kept,
    struct pending **at, struct queue *to_daemon)
{
	struct message msg;
	struct jsonspan text = { kept->line, kept->len };

	if (kept->line == NULL || !message_read(text, &msg))
		return 0;
	put_kept(kept, to_daemon);
	pending_insert(&replay->open, at, msg.id, NULL, 0)->swallow = true;
	return 1;
}

unsigned
replay_restore(struct replay *replay, struct queue *to_daemon,
    struct queue *to_client)
{
	struct pending **at = &replay->open.first, *p;
	unsigned n = 0;

	answer_lost(replay, to_client);
	if (put_answered(replay, &replay->initialize, at, to_daemon) == 1) {
		put_kept(&replay->initialized, to_daemon);
		at = &(*at)->next;
		n++;
	}
	n += put_answered(replay, &replay->level, at, to_daemon);
	for (p = replay->open.first; p != NULL; p = p->next) {
		if (!p->again)
			continue;
		queue_add(to_daemon, p->line, p->line_len);
		if (p->method == METHOD_INITIALIZE)
			put_kept(&replay->initialized, to_daemon);
		p->again = false;
		n++;
	}
	return n;
}

void
replay_fail(struct replay *replay, const char *why, struct queue *to_client)
{
	struct pending **at = &replay->open.first, *p;

	while ((p = *at) != NULL) {
		if (p->acked) { /* the next daemon opens it again */
			at = &p->next;
			continue;
		}
		if (!p->swallow)
			answer_unreachable(to_client, p->method, p->id, p->lost,
			    why);
		pending_drop(&replay->open, at);
	}
}
