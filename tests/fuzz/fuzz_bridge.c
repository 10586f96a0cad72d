/*
 * Fuzzing the bridge between its two sockets: what it reads from a client
 * and from daemons that come and go.  A chunk of input begins with a letter
 * that says whose it is and ends at a zero byte; chunks break lines anywhere.
 * Whatever they are, every line of the bridge's own is JSON, no request is
 * answered twice by it, and what it remembers has a bound.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bridge/message.h"
#include "bridge/queue.h"
#include "bridge/replay.h"
#include "common/envelope.h"
#include "common/error.h"
#include "common/lines.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bridge {
	struct lines from_client, from_daemon;
	struct queue to_client, to_daemon;
	struct replay replay;
	uint64_t ordinal;
};

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static size_t
open_requests(const struct bridge *b)
{
	const struct pending *p;
	size_t n = 0;

	for (p = b->replay.list.first; p != NULL; p = p->next)
		n += !p->kept;
	require(n == b->replay.list.open);
	return n;
}

/* Were it too long, its id would be found in pieces; escapes hide a key. */
static void
look_at_envelope(struct jsonspan line, const struct message *msg)
{
	struct envelope envelope = { 0 };
	size_t half = line.len / 2;
	struct jsonspan id;

	envelope_feed(&envelope, line.at, half);
	envelope_feed(&envelope, line.at + half, line.len - half);
	id = envelope_id(&envelope);
	if (memchr(line.at, '\\', line.len) != NULL)
		return;
	if (id.at != NULL)
		require(message_is_request(msg) &&
		    message_same_id(id, msg->id));
	else
		require(!message_is_request(msg) ||
		    msg->id.len > ID_MAX_BYTES ||
		    strchr("\"0", jsonscan_type(msg->id)) == NULL);
}

static void
client_line(struct bridge *b, struct jsonspan line)
{
	struct message msg;
	struct error err;
	size_t pos = 0;

	require(line.at[line.len] == '\n');
	queue_add(&b->to_daemon, line.at, line.len + 1);
	if (message_read(line, &msg)) {
		require(message_same_id(msg.id, msg.id) == (msg.id.at != NULL));
		look_at_envelope(line, &msg);
		replay_client(&b->replay, &msg, b->to_daemon.total, b->ordinal);
		b->ordinal += message_is_request(&msg);
	} else if (jsonscan_check(line.at, line.len, &err) == 0 &&
	    jsonscan_type(line) == '[') {
		while (message_next(line, &pos, &msg))
			replay_client(&b->replay, &msg, b->to_daemon.total, 0);
	}
}

/* An answer that passes is that to one request, which is open no more. */
static void
daemon_line(struct bridge *b, struct jsonspan line)
{
	size_t before = open_requests(b);
	struct message msg;

	if (!message_read(line, &msg))
		return;
	if (!replay_daemon(&b->replay, &msg))
		require(msg.method != METHOD_OTHER);
	require(open_requests(b) + 1 >= before);
}

static void
feed(struct bridge *b, bool client, const char *text, size_t len)
{
	struct lines *lines = client ? &b->from_client : &b->from_daemon;
	struct jsonspan line;
	enum line got;

	lines_feed(lines, text, len);
	while ((got = lines_next(lines, &line)) != LINE_NONE) {
		if (got != LINE_WHOLE)
			continue;
		if (client)
			client_line(b, line);
		else
			daemon_line(b, line);
	}
}

/* What it wrote by itself: answers, each a line. */
static void
look_at_answers(struct bridge *b)
{
	struct lines lines = { 0 };
	struct jsonspan line;
	struct message msg;

	lines_feed(&lines, b->to_client.buf.data, b->to_client.buf.len);
	while (lines_next(&lines, &line) == LINE_WHOLE) {
		require(message_read(line, &msg));
		require(msg.method == METHOD_NONE && msg.id.at != NULL);
	}
	lines_clear(&lines);
	queue_clear(&b->to_client);
}

/* How many requests hello tells of. */
static size_t
described(const struct bridge *b)
{
	struct buf text = { 0 };
	struct jsonspan list, pair;
	struct error err;
	size_t n = 0, pos = 0;

	replay_describe(&b->replay, &text);
	require(jsonscan_check(text.data, text.len, &err) == 0);
	list = (struct jsonspan){ text.data, text.len };
	while (jsonscan_next(list, &pos, NULL, &pair))
		n++;
	buf_clear(&text);
	return n;
}

/* How many requests there are in what a new daemon is sent. */
static size_t
sent_again(struct queue *first)
{
	struct lines lines = { 0 };
	struct jsonspan line;
	struct message msg;
	size_t n = 0;

	lines_feed(&lines, first->buf.data, first->buf.len);
	while (lines_next(&lines, &line) == LINE_WHOLE)
		n += message_read(line, &msg) && message_is_request(&msg);
	lines_clear(&lines);
	queue_clear(first);
	return n;
}

/* A daemon has gone after it had the first so many bytes. */
static void
restart(struct bridge *b, uint64_t sent)
{
	struct queue first = { 0 };
	size_t before, told;

	lines_clear(&b->from_daemon);
	replay_lost(&b->replay, sent, &b->to_client);
	before = open_requests(b);
	told = described(b);
	replay_restore(&b->replay, &first, &b->to_client);
	require(open_requests(b) <= before);
	require(sent_again(&first) == told);
	look_at_answers(b);
}

static void
give_up(struct bridge *b)
{
	const struct pending *p;

	replay_fail(&b->replay, "it said \"no\"", &b->to_client);
	for (p = b->replay.list.first; p != NULL; p = p->next)
		require(p->acked || p->kept);
	look_at_answers(b);
}

static void
step(struct bridge *b, char what, const char *text, size_t len)
{
	switch (what) {
	case 'd':
		feed(b, false, text, len);
		break;
	case 'r':
		restart(b,
		    len == 0 ? b->to_daemon.total : (unsigned char)*text);
		break;
	case 'f':
		give_up(b);
		break;
	default:
		feed(b, true, text, len);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data, *end;
	struct bridge b = { .ordinal = 1 };
	size_t len;
	char *copy;

	replay_init(&b.replay);
	while (size > 0) {
		end = memchr(text, '\0', size);
		len = end == NULL ? size : (size_t)(end - text);
		copy = malloc(len + (len == 0)); /* of the exact size */
		memcpy(copy, text, len);
		if (len > 0)
			step(&b, copy[0], copy + 1, len - 1);
		free(copy);
		len += end != NULL;
		text += len;
		size -= len;
	}
	give_up(&b);
	lines_clear(&b.from_client);
	lines_clear(&b.from_daemon);
	queue_clear(&b.to_daemon);
	replay_clear(&b.replay);
	return 0;
}
