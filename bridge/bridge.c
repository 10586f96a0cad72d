/*
 * The loop: who may be read and written, and when to leave.  What happens
 * to the lines stands in relay.c.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bridge/bridge.h"
#include "bridge/relay.h"
#include "common/monotime.h"

/* After a signal: how long the last lines may take to go. */
#define LEAVE_MS 80
/* After the end of input: how long what was asked may take to be answered, */
#define ANSWER_MS 100
/* and how long a daemon may take to come, if one is started. */
#define START_MS 2000

enum { CLIENT_IN, CLIENT_OUT, DAEMON, NFDS };

struct bridge {
	struct relay relay;
	bool in_ended;
	bool out_is_socket;
	bool out_gone;
	int64_t ended_at;   /* the input, in ms; 0: it goes on */
	int64_t stopped_at; /* we, by a signal */
};

/* Notes once that something is over; a daemon that goes is not replaced. */
static void
over(struct bridge *b, int64_t *at)
{
	b->relay.leaving = true;
	if (*at == 0)
		*at = monotime_ms();
}

static bool
leaves(const struct bridge *b)
{
	return b->stopped_at != 0 || b->ended_at != 0;
}

/* When to leave at the latest. */
static int64_t
leave_at(const struct bridge *b)
{
	const struct relay *r = &b->relay;

	if (b->stopped_at != 0)
		return b->stopped_at + LEAVE_MS;
	if (r->link.state == LINK_STARTING || r->link.state == LINK_GREETING)
		return b->ended_at + START_MS;
	return (r->linked_at > b->ended_at ? r->linked_at : b->ended_at) +
	    ANSWER_MS;
}

/*
 * poll(2) reports a hang-up whether asked or not, so a descriptor from
 * which nothing is wanted stays out, or the loop would spin.
 */
static void
choose_events(const struct bridge *b, struct pollfd *fds)
{
	const struct relay *r = &b->relay;
	bool read_client = !b->in_ended && relay_wants_client(r);
	short events = 0;

	fds[CLIENT_IN].fd = read_client || !leaves(b) ? STDIN_FILENO : -1;
	/* the end of a client that is not read shows as a hang-up only */
	fds[CLIENT_IN].events = read_client ? POLLIN : POLLRDHUP;
	fds[CLIENT_OUT].fd = STDOUT_FILENO;
	fds[CLIENT_OUT].events = queue_left(&r->to_client) > 0 ? POLLOUT : 0;
	if (relay_wants_daemon(r))
		events |= POLLIN;
	if (link_wants_write(&r->link, &r->to_daemon))
		events |= POLLOUT;
	fds[DAEMON].fd = events != 0 ? r->link.fd : -1;
	fds[DAEMON].events = events;
}

static void
handle_events(struct bridge *b, const struct pollfd *fds)
{
	struct relay *r = &b->relay;

	if ((fds[CLIENT_OUT].revents & (POLLERR | POLLHUP | POLLNVAL)) != 0)
		b->out_gone = true;
	if ((fds[DAEMON].revents & ~POLLOUT) != 0 && relay_wants_daemon(r))
		relay_read_daemon(r);
	if (fds[CLIENT_IN].revents != 0) {
		/* as it was asked for: the daemon's lines may change that */
		b->in_ended = fds[CLIENT_IN].events == POLLIN &&
		    !relay_read_client(r, STDIN_FILENO);
		if (b->in_ended || fds[CLIENT_IN].events != POLLIN)
			over(b, &b->ended_at);
	}
	link_flush(&r->link, &r->to_daemon);
	if (queue_flush(&r->to_client, STDOUT_FILENO, b->out_is_socket) != 0)
		b->out_gone = true;
}

/* The lines go on their way in any case, answers come if there is time. */
static bool
may_leave(const struct bridge *b)
{
	const struct relay *r = &b->relay;
	bool cut = r->link.deaf || r->link.state == LINK_DOWN;
	bool asked = b->stopped_at == 0 && !cut && replay_waits(&r->replay);

	if (b->out_gone)
		return true;
	if (!leaves(b))
		return false;
	return monotime_ms() >= leave_at(b) ||
	    ((cut || queue_left(&r->to_daemon) == 0) && !asked &&
		(b->stopped_at != 0 || queue_left(&r->to_client) == 0));
}

static void
wait_for_events(const struct bridge *b, struct pollfd *fds,
    const sigset_t *wait_mask)
{
	int64_t left = leaves(b) ? leave_at(b) - monotime_ms() : 0;
	struct timespec timeout = { 0, 0 };
	int i;

	if (left > 0) {
		timeout.tv_sec = (time_t)(left / 1000);
		timeout.tv_nsec = (long)(left % 1000) * 1000000;
	}
	if (ppoll(fds, NFDS, leaves(b) ? &timeout : NULL, wait_mask) > 0)
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
bridge_run(const char *ask, const volatile sig_atomic_t *stop,
    const sigset_t *wait_mask)
{
	struct bridge b = { .out_is_socket = is_socket(STDOUT_FILENO) };
	struct pollfd fds[NFDS];

	relay_init(&b.relay, ask);
	while (!may_leave(&b)) {
		choose_events(&b, fds);
		wait_for_events(&b, fds, wait_mask);
		if (*stop)
			over(&b, &b.stopped_at);
		handle_events(&b, fds);
	}
	relay_clear(&b.relay);
}
