/*
 * Accepting connections of our own user.  See server.h.
 */
#include <errno.h>
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

/* No descriptor left: try again when some may be free. */
#define PAUSE_MS 1000

static struct event *listener;
static struct event *pause_over;

static void
on_pause_over(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	event_add(listener, NULL);
}

static void
resume(void)
{
	if (listener != NULL && client_count() < CLIENTS_MAX)
		event_add(listener, NULL);
}

static void
welcome(int fd)
{
	struct error err;
	uid_t uid;
	pid_t pid;

	if (sock_peer(fd, &uid, &pid, &err) != 0) {
		log_warnx("%s", err.text);
		close(fd);
	} else if (uid != geteuid()) {
		log_warnx("refused user %u (pid %d): this daemon serves user "
			  "%u",
		    uid, (int)pid, geteuid());
		close(fd);
	} else
		client_new(fd);
	if (client_count() >= CLIENTS_MAX) {
		log_warnx("%d clients are connected, the most allowed",
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
	else if (errno != EAGAIN && errno_passes(errno)) {
		log_warn("cannot accept a connection; trying again in a "
			 "second");
		event_del(listener);
		loop_timer_start(pause_over, PAUSE_MS);
	}
}

static void
listen_to(int fd)
{
	evutil_make_socket_nonblocking(fd);
	listener = event_new(loop_base(), fd, EV_READ | EV_PERSIST,
	    on_connection, NULL);
	if (listener == NULL ||
	    (client_count() < CLIENTS_MAX && event_add(listener, NULL) != 0))
		fatalx("cannot watch the socket");
}

void
server_start(int fd)
{
	pause_over = loop_timer_new(on_pause_over, NULL);
	listen_to(fd);
	client_on_gone(resume);
}

/* Who has connected to the old one is not left behind. */
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
