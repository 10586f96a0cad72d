/*
 * Accepting connections of our own user.  See server.h.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/sock.h"
#include "daemon/client.h"
#include "daemon/os/loop.h"
#include "daemon/server.h"
#include "daemon/task/peer.h"
#include "mcp/rpc.h"

/* What keeps us from accepting passes, such as a want of descriptors. */
#define PAUSE_MS 1000

static struct event *listener;
static struct event *pause_over;
static bool pausing; /* and it is logged */

static void
pause_accepting(void)
{
	if (!pausing)
		log_warn("cannot accept connections; trying each second");
	pausing = true;
	event_del(listener);
	loop_timer_start(pause_over, PAUSE_MS);
}

/* Accepts while there is room; beyond that clients wait in the backlog. */
static void
resume(void)
{
	if (listener != NULL && client_count() < CLIENTS_MAX &&
	    event_add(listener, NULL) != 0)
		pause_accepting();
}

static void
on_pause_over(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	resume();
}

/* As far as the socket takes it at once: we wait for no stranger. */
static void
refuse(int fd, pid_t pid, const char *text)
{
	size_t len;
	char *line = rpc_error(NULL, RPC_INVALID_REQUEST, text, NULL, &len);

	if (send(fd, line, len, MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
		log_debug("cannot tell pid %d why", (int)pid);
	free(line);
	close(fd);
}

static void
refuse_user(int fd, uid_t uid, pid_t pid)
{
	char text[160];

	log_warnx("refused user %u (pid %d): this daemon serves user %u", uid,
	    (int)pid, geteuid());
	snprintf(text, sizeof(text),
	    "this daemon serves user %u and not user %u, who has to start "
	    "another one",
	    geteuid(), uid);
	refuse(fd, pid, text);
}

/* What is inside of tasks must not keep out who may stop them. */
static void
refuse_one_more(int fd, struct peer *peer)
{
	char text[160];

	snprintf(text, sizeof(text),
	    "a task may have %d connections at once, and all tasks together "
	    "%d: close some",
	    CLIENTS_MAX_OF_TASK, CLIENTS_MAX_INSIDE);
	refuse(fd, peer->pid, text);
	peer_clear(peer);
}

static void
welcome(int fd)
{
	struct error err;
	struct peer peer;
	uid_t uid;
	pid_t pid;

	pausing = false;
	if (sock_peer(fd, &uid, &pid, &err) != 0) {
		log_warnx("%s", err.text);
		close(fd);
	} else if (uid != geteuid())
		refuse_user(fd, uid, pid);
	else if (peer_take(&peer, fd, &err) == 0) {
		if (client_has_room(&peer))
			client_new(fd, &peer);
		else
			refuse_one_more(fd, &peer);
	} else {
		log_warnx("%s; it connects again", err.text);
		close(fd);
		pause_accepting();
	}
	if (client_count() >= CLIENTS_MAX) {
		log_warnx("%d clients are connected, the most allowed; others "
			  "wait",
		    CLIENTS_MAX);
		event_del(listener);
	}
}

static void
on_connection(int fd, short what, void *arg)
{
	int conn;

	(void)what;
	(void)arg;
	conn = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (conn != -1)
		welcome(conn);
	else if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
		pause_accepting();
}

static void
listen_to(int fd)
{
	evutil_make_socket_nonblocking(fd);
	listener = event_new(loop_base(), fd, EV_READ | EV_PERSIST,
	    on_connection, NULL);
	if (listener == NULL)
		fatalx("out of memory: event");
	resume();
}

void
server_start(int fd)
{
	pause_over = loop_timer_new(on_pause_over, NULL);
	listen_to(fd);
	client_on_gone(resume);
}

/* Clients that have connected to the old socket are accepted first. */
void
server_move(int fd)
{
	int old = event_get_fd(listener), conn;

	while ((conn = accept4(old, NULL, NULL,
		    SOCK_CLOEXEC | SOCK_NONBLOCK)) != -1)
		welcome(conn);
	event_free(listener);
	close(old);
	listen_to(fd);
}

void
server_stop(void)
{
	close(event_get_fd(listener));
	event_free(listener);
	event_free(pause_over);
	listener = NULL;
}
