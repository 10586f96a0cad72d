/*
 * The loop: lines from the client to the daemon and back, what happens when
 * the daemon comes and goes, and when to leave.  What is remembered for
 * that stands in replay.c, the way to the daemon in link.c.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bridge/answer.h"
#include "bridge/bridge.h"
#include "bridge/lines.h"
#include "bridge/link.h"
#include "bridge/replay.h"
#include "common/error.h"
#include "common/launch.h"
#include "common/limits.h"
#include "common/log.h"

/* What is read at once. */
#define CHUNK_BYTES (32u << 10)
/* How long the last lines may take to go; clients kill after 100 ms. */
#define LEAVE_MS 80
/* A daemon that lives shorter than this did not really come up. */
#define STEADY_MS 1000
/* How often in a row it may do so before it counts as not to be reached. */
#define STRIKES_MAX 3

enum { STDIN, STDOUT, DAEMON, NFDS };

struct bridge {
	struct lines from_client, from_daemon;
	struct queue to_client, to_daemon;
	struct replay replay;
	struct link link;
	char session[37];
	unsigned long long ordinal; /* of the next request line */
	bool stdin_ended;
	bool stdout_is_socket;
	bool stdout_gone;
	int64_t leave_at; /* 0: stay */
	int64_t linked_at;
	unsigned strikes;
};

static char chunk[CHUNK_BYTES];

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void
leave_soon(struct bridge *b)
{
	if (b->leave_at == 0)
		b->leave_at = now_ms() + LEAVE_MS;
}

/* The daemon cannot be reached: everybody who waits is told why. */
static void
give_up(struct bridge *b, const struct error *err)
{
	log_warnx("%s", err->text);
	link_close(&b->link);
	queue_clear(&b->to_daemon);
	replay_fail(&b->replay, err->text, &b->to_client);
	b->strikes = 0;
}

/* How many request lines wait; hello tells the number of the first one. */
static unsigned
count_waiting(const struct bridge *b)
{
	struct lines lines = { 0 };
	struct jsonspan line;
	struct message msg;
	struct error ignored;
	unsigned n = 0;

	lines_feed(&lines, b->to_daemon.buf.data + b->to_daemon.written,
	    queue_left(&b->to_daemon));
	while (lines_next(&lines, &line) == LINE_WHOLE) {
		if (jsonscan_check(line.at, line.len, &ignored) == 0 &&
		    message_read(line, &msg) && message_is_request(&msg))
			n++;
	}
	return n;
}

static void
say_hello(struct bridge *b)
{
	char *hello = launch_hello("bridge", b->session,
	    b->ordinal - count_waiting(b));

	queue_add(&b->link.first, hello, strlen(hello));
	free(hello);
	b->linked_at = now_ms();
}

static void
connect_daemon(struct bridge *b)
{
	struct error err;

	if (link_open(&b->link, &err) != 0)
		give_up(b, &err);
	else if (b->link.state == LINK_GREETING)
		say_hello(b);
}

/* The daemon went away, and all that it had said was read. */
static void
lost_daemon(struct bridge *b)
{
	struct error err;

	link_close(&b->link);
	lines_clear(&b->from_daemon);
	queue_rewind(&b->to_daemon);
	replay_lost(&b->replay, queue_written(&b->to_daemon));
	if (now_ms() - b->linked_at >= STEADY_MS)
		b->strikes = 0;
	if (++b->strikes > STRIKES_MAX) {
		fail(&err, ERR_SYSTEM,
		    "it went away %u times as soon as it "
		    "was there; see its log",
		    b->strikes);
		give_up(b, &err);
	} else if (replay_any(&b->replay) || queue_left(&b->to_daemon) > 0) {
		connect_daemon(b);
	}
}

static void
helper_done(struct bridge *b)
{
	struct error err;

	if (link_started(&b->link, &err) != 0)
		give_up(b, &err);
	else
		say_hello(b);
}

static void
answer_to_hello(struct bridge *b, struct jsonspan line)
{
	struct error err;

	if (link_greeted(&b->link, line, &err) != 0) {
		lines_clear(&b->from_daemon);
		give_up(b, &err);
		return;
	}
	b->ordinal += replay_restore(&b->replay, &b->link.first, &b->to_client);
}

static void
line_from_daemon(struct bridge *b, struct jsonspan line)
{
	struct message msg;
	struct error ignored;

	if (b->link.state == LINK_GREETING) {
		answer_to_hello(b, line);
		return;
	}
	if (jsonscan_check(line.at, line.len, &ignored) == 0 &&
	    message_read(line, &msg) && !replay_daemon(&b->replay, &msg))
		return;
	queue_add(&b->to_client, line.at, line.len + 1);
	b->strikes = 0;
}

static void
read_daemon(struct bridge *b)
{
	struct jsonspan line;
	enum line got;
	ssize_t n = recv(b->link.fd, chunk, sizeof(chunk), MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		lost_daemon(b);
		return;
	}
	lines_feed(&b->from_daemon, chunk, (size_t)n);
	while ((got = lines_next(&b->from_daemon, &line)) != LINE_NONE) {
		if (got == LINE_WHOLE)
			line_from_daemon(b, line);
	}
}

static void
line_from_client(struct bridge *b, struct jsonspan line)
{
	struct message msg;
	struct error ignored;

	queue_add(&b->to_daemon, line.at, line.len + 1);
	if (jsonscan_check(line.at, line.len, &ignored) == 0 &&
	    message_read(line, &msg)) {
		if (message_is_request(&msg))
			b->ordinal++;
		replay_client(&b->replay, &msg, b->to_daemon.total);
	}
	if (b->link.state == LINK_DOWN)
		connect_daemon(b);
}

static void
read_client(struct bridge *b)
{
	struct jsonspan line;
	enum line got;
	ssize_t n = read(STDIN_FILENO, chunk, sizeof(chunk));

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		b->stdin_ended = true;
		leave_soon(b);
		return;
	}
	lines_feed(&b->from_client, chunk, (size_t)n);
	while ((got = lines_next(&b->from_client, &line)) != LINE_NONE) {
		if (got == LINE_WHOLE)
			line_from_client(b, line);
		else
			answer_too_long(&b->to_client);
	}
}

/*
 * A side is not read while much waits for the other one; for the client's
 * that includes our own answers while there is no daemon.
 */
static bool
reads_client(const struct bridge *b)
{
	return !b->stdin_ended &&
	    queue_left(&b->to_daemon) < CLIENT_MAX_QUEUED &&
	    (b->link.state == LINK_UP ||
		queue_left(&b->to_client) < CLIENT_MAX_QUEUED);
}

static bool
reads_daemon(const struct bridge *b)
{
	return b->link.state != LINK_DOWN &&
	    queue_left(&b->to_client) < CLIENT_MAX_QUEUED;
}

/*
 * poll(2) reports a hang-up whether asked or not, so a descriptor from
 * which nothing is wanted stays out, or the loop would spin.
 */
static void
choose_events(const struct bridge *b, struct pollfd *fds)
{
	short events = 0;

	fds[STDIN].fd = reads_client(b) || b->leave_at == 0 ? STDIN_FILENO : -1;
	/* the end of a client that is not read shows as a hang-up only */
	fds[STDIN].events = reads_client(b) ? POLLIN : POLLRDHUP;
	fds[STDOUT].fd = STDOUT_FILENO;
	fds[STDOUT].events = queue_left(&b->to_client) > 0 ? POLLOUT : 0;
	if (reads_daemon(b))
		events |= POLLIN;
	if (link_wants_write(&b->link, &b->to_daemon))
		events |= POLLOUT;
	fds[DAEMON].fd = events != 0 ? b->link.fd : -1;
	fds[DAEMON].events = events;
}

static void
handle_events(struct bridge *b, const struct pollfd *fds)
{
	if ((fds[STDOUT].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		b->stdout_gone = true;
	if (fds[DAEMON].revents != 0 && b->link.state == LINK_STARTING)
		helper_done(b);
	else if ((fds[DAEMON].revents & ~POLLOUT) != 0 && reads_daemon(b))
		read_daemon(b);
	if (fds[STDIN].revents != 0) {
		if (reads_client(b))
			read_client(b);
		else
			leave_soon(b);
	}
	link_flush(&b->link, &b->to_daemon);
	if (queue_flush(&b->to_client, STDOUT_FILENO, b->stdout_is_socket) != 0)
		b->stdout_gone = true;
}

static bool
may_leave(const struct bridge *b)
{
	if (b->stdout_gone)
		return true;
	if (b->leave_at == 0)
		return false;
	return queue_left(&b->to_daemon) == 0 || b->link.deaf ||
	    b->link.state == LINK_DOWN || now_ms() >= b->leave_at;
}

static void
wait_for_events(const struct bridge *b, struct pollfd *fds,
    const sigset_t *wait_mask)
{
	int64_t left = b->leave_at == 0 ? 0 : b->leave_at - now_ms();
	struct timespec timeout = { 0, 0 };
	int i;

	if (left > 0)
		timeout.tv_nsec = (long)left * 1000000;
	if (ppoll(fds, NFDS, b->leave_at == 0 ? NULL : &timeout, wait_mask) > 0)
		return;
	for (i = 0; i < NFDS; i++)
		fds[i].revents = 0;
}

static bool
is_socket(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

void
bridge_run(const volatile sig_atomic_t *stop, const sigset_t *wait_mask)
{
	struct bridge b = { .ordinal = 1 };
	struct pollfd fds[NFDS];

	b.stdout_is_socket = is_socket(STDOUT_FILENO);
	launch_session(b.session);
	replay_init(&b.replay);
	link_init(&b.link);
	connect_daemon(&b);
	while (!may_leave(&b)) {
		choose_events(&b, fds);
		wait_for_events(&b, fds, wait_mask);
		if (*stop)
			leave_soon(&b);
		handle_events(&b, fds);
	}
	link_close(&b.link);
	lines_clear(&b.from_client);
	lines_clear(&b.from_daemon);
	queue_clear(&b.to_client);
	queue_clear(&b.to_daemon);
	replay_clear(&b.replay);
}
