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

/* How long the last lines may take to go; clients kill after 100 ms. */
#define LEAVE_MS 80

enum { CLIENT_IN, CLIENT_OUT, DAEMON, NFDS };

struct bridge {
	struct relay relay;
	bool in_ended;
	bool out_is_socket;
	bool out_gone;
	int64_t leave_at; /* 0: stay */
};

static void
leave_soon(struct bridge *b)
{
	b->relay.leaving = true;
	if (b->leave_at == 0)
		b->leave_at = monotime_ms() + LEAVE_MS;
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

	fds[CLIENT_IN].fd = read_client || b->leave_at == 0 ? STDIN_FILENO : -1;
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
			leave_soon(b);
	}
	link_flush(&r->link, &r->to_daemon);
	if (queue_flush(&r->to_client, STDOUT_FILENO, b->out_is_socket) != 0)
		b->out_gone = true;
}

static bool
may_leave(const struct bridge *b)
{
	const struct relay *r = &b->relay;

	if (b->out_gone)
		return true;
	if (b->leave_at == 0)
		return false;
	return queue_left(&r->to_daemon) == 0 || r->link.deaf ||
	    r->link.state == LINK_DOWN || monotime_ms() >= b->leave_at;
}

static void
wait_for_events(const struct bridge *b, struct pollfd *fds,
    const sigset_t *wait_mask)
{
	int64_t left = b->leave_at == 0 ? 0 : b->leave_at - monotime_ms();
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
			leave_soon(&b);
		handle_events(&b, fds);
	}
	relay_clear(&b.relay);
}
