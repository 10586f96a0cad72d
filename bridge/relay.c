/*
 * The ways through the bridge.  See relay.h.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bridge/answer.h"
#include "bridge/relay.h"
#include "common/error.h"
#include "common/launch.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/monotime.h"
#include "common/step.h"

/* The bytes that are read at once. */
#define CHUNK_BYTES (32u << 10)
/* A daemon that lives shorter than this did not really come up. */
#define STEADY_MS 1000
/* How often in a row it may do so before it counts as not to be reached. */
#define STRIKES_MAX 10
/*
 * And for so long, when there was a daemon before: those were killed, or had
 * a request that they die of.
 */
#define TROUBLE_MAX_MS 30000
/* Pauses before the next try: none at first, then ever longer ones. */
#define PATIENT_STRIKES 3
#define PAUSE_MAX_MS 1000

static char chunk[CHUNK_BYTES];

/* Tells a person, unless stderr is a full pipe that nobody reads. */
static void
complain(const char *text)
{
	struct pollfd pfd = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (poll(&pfd, 1, 0) == 1 && (pfd.revents & POLLOUT) != 0)
		log_warnx("%s", text);
}

/* The daemon cannot be reached: everybody who waits is told why. */
static void
give_up(struct relay *r, const struct error *err)
{
	complain(err->text);
	link_close(&r->link);
	queue_clear(&r->to_daemon);
	replay_fail(&r->replay, err->text, &r->to_client);
	r->strikes = 0;
}

/* How many request lines wait; hello tells the number of the first one. */
static unsigned
count_waiting(const struct relay *r)
{
	struct lines lines = { 0 };
	struct jsonspan line;
	struct message msg;
	unsigned n = 0;

	if (queue_left(&r->to_daemon) == 0)
		return 0;
	lines_feed(&lines, r->to_daemon.buf.data + r->to_daemon.written,
	    queue_left(&r->to_daemon));
	while (lines_next(&lines, &line) == LINE_WHOLE) {
		if (message_read(line, &msg) && message_is_request(&msg))
			n++;
	}
	return n;
}

static void
say_hello(struct relay *r)
{
	struct buf replays = { 0 };
	char *hello;

	replay_describe(&r->replay, &replays);
	hello = launch_hello("bridge", r->session,
	    r->ordinal - count_waiting(r), replays.data, "[\"taken\"]", r->ask);
	queue_add(&r->link.first, hello, strlen(hello));
	STEP("relay-hello-queued");
	free(hello);
	buf_clear(&replays);
	replay_restore(&r->replay, &r->link.first, &r->to_client);
	STEP("relay-replay-queued");
	r->linked_at = monotime_ms();
}

static int
pause_ms(const struct relay *r)
{
	int pause = 10;
	unsigned i;

	if (r->strikes < PATIENT_STRIKES)
		return 0;
	for (i = PATIENT_STRIKES; i < r->strikes && pause < PAUSE_MAX_MS; i++)
		pause *= 2;
	return pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS;
}

static void
connect_daemon(struct relay *r)
{
	struct error err;

	if (link_open(&r->link, pause_ms(r), &err) != 0)
		give_up(r, &err);
	else if (r->link.state == LINK_GREETING)
		say_hello(r);
}

/* Counts one that went away; whether that was so often that it is no use. */
static bool
is_hopeless(struct relay *r)
{
	if (r->strikes++ == 0)
		r->since = monotime_ms();
	return r->strikes > STRIKES_MAX &&
	    (!r->served || monotime_ms() - r->since >= TROUBLE_MAX_MS);
}

/* The daemon went away, and all that it had said was read. */
static void
lost_daemon(struct relay *r)
{
	struct error err;

	STEP("relay-daemon-lost");
	link_close(&r->link);
	lines_clear(&r->from_daemon);
	queue_rewind(&r->to_daemon);
	replay_lost(&r->replay, queue_written(&r->to_daemon), &r->to_client);
	if (r->leaving)
		return;
	if (monotime_ms() - r->linked_at >= STEADY_MS)
		r->strikes = 0;
	if (is_hopeless(r)) {
		fail(&err, ERR_SYSTEM,
		    "it went away %u times as soon as it was there; see its "
		    "log",
		    r->strikes);
		give_up(r, &err);
	} else if (replay_any(&r->replay) || queue_left(&r->to_daemon) > 0) {
		connect_daemon(r);
	}
}

static void
helper_done(struct relay *r)
{
	struct error err;

	if (link_started(&r->link, &err) != 0)
		give_up(r, &err);
	else if (r->link.state == LINK_GREETING)
		say_hello(r);
	else if (r->link.state == LINK_DOWN)
		lost_daemon(r);
}

static void
answer_to_hello(struct relay *r, struct jsonspan line)
{
	struct error err;

	if (link_greeted(&r->link, line, &err) != 0) {
		lines_clear(&r->from_daemon);
		give_up(r, &err);
	} else
		r->served = true;
}

/* Whether the line is an array: only versions before 2025-06-18 have them. */
static bool
is_batch(struct jsonspan line)
{
	struct error ignored;

	return jsonscan_check(line.at, line.len, &ignored) == 0 &&
	    jsonscan_type(line) == '[';
}

static void
line_from_daemon(struct relay *r, struct jsonspan line)
{
	struct message msg;
	size_t pos = 0;

	if (r->link.state == LINK_GREETING) {
		answer_to_hello(r, line);
		return;
	}
	if (message_read(line, &msg)) {
		if (!replay_daemon(&r->replay, &msg))
			return;
	} else if (is_batch(line)) {
		while (message_next(line, &pos, &msg))
			replay_daemon(&r->replay, &msg);
	}
	queue_add(&r->to_client, line.at, line.len + 1);
	STEP("relay-answer-queued");
	r->strikes = 0;
}

void
relay_read_daemon(struct relay *r)
{
	struct jsonspan line;
	enum line got;
	ssize_t n;

	if (r->link.state == LINK_STARTING) {
		helper_done(r);
		return;
	}
	n = recv(r->link.fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		lost_daemon(r);
		return;
	}
	STEP("relay-answer-read");
	lines_feed(&r->from_daemon, chunk, (size_t)n);
	while ((got = lines_next(&r->from_daemon, &line)) != LINE_NONE) {
		if (got == LINE_WHOLE)
			line_from_daemon(r, line);
		else if (got == LINE_TOO_LONG)
			complain("dropped a line of the daemon: too long");
	}
}

static void
line_from_client(struct relay *r, struct jsonspan line)
{
	struct message msg;
	size_t pos = 0;

	queue_add(&r->to_daemon, line.at, line.len + 1);
	if (message_read(line, &msg)) {
		replay_client(&r->replay, &msg, r->to_daemon.total, r->ordinal);
		if (message_is_request(&msg))
			r->ordinal++;
	} else if (is_batch(line)) {
		while (message_next(line, &pos, &msg))
			replay_client(&r->replay, &msg, r->to_daemon.total, 0);
	}
	if (r->link.state == LINK_DOWN)
		connect_daemon(r);
}

/* Its bytes are looked at, not kept; at the end its sender is told. */
static void
piece_from_client(struct relay *r, struct jsonspan piece, bool first)
{
	if (first)
		memset(&r->too_long, 0, sizeof(r->too_long));
	envelope_feed(&r->too_long, piece.at, piece.len);
	if (!r->from_client.skipping)
		answer_too_long(&r->to_client, envelope_id(&r->too_long));
}

bool
relay_read_client(struct relay *r, int fd)
{
	struct jsonspan line;
	enum line got;
	ssize_t n = read(fd, chunk, sizeof(chunk));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return true;
	if (n <= 0)
		return false;
	STEP("relay-request-read");
	lines_feed(&r->from_client, chunk, (size_t)n);
	while ((got = lines_next(&r->from_client, &line)) != LINE_NONE) {
		if (got == LINE_WHOLE)
			line_from_client(r, line);
		else
			piece_from_client(r, line, got == LINE_TOO_LONG);
	}
	return true;
}

bool
relay_wants_client(const struct relay *r)
{
	return queue_left(&r->to_daemon) < CLIENT_MAX_QUEUED &&
	    !replay_full(&r->replay) &&
	    (r->link.state == LINK_UP ||
		queue_left(&r->to_client) < CLIENT_MAX_QUEUED);
}

bool
relay_wants_daemon(const struct relay *r)
{
	return r->link.state != LINK_DOWN &&
	    queue_left(&r->to_client) < CLIENT_MAX_QUEUED;
}

void
relay_init(struct relay *r, const char *ask)
{
	memset(r, 0, sizeof(*r));
	r->ask = ask;
	r->ordinal = 1;
	launch_session(r->session);
	replay_init(&r->replay);
	link_init(&r->link);
	connect_daemon(r);
}

void
relay_clear(struct relay *r)
{
	link_close(&r->link);
	lines_clear(&r->from_client);
	lines_clear(&r->from_daemon);
	queue_clear(&r->to_client);
	queue_clear(&r->to_daemon);
	replay_clear(&r->replay);
}
