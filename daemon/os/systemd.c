/*
 * The service manager's protocol, which is small enough to need no library.
 * See systemd.h.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "daemon/os/loop.h"
#include "daemon/os/systemd.h"

/* SD_LISTEN_FDS_START */
#define FIRST_FD 3

static struct event *keep_alive;
static int64_t keep_alive_ms;

/* Whether a variable that holds a pid holds ours. */
static bool
names_us(const char *variable)
{
	const char *pid = getenv(variable);

	return pid != NULL && strtol(pid, NULL, 10) == (long)getpid();
}

/* Whether fd is a listening Unix stream socket with a path. */
static bool
listens(int fd, char *path)
{
	struct sockaddr_un addr = { 0 };
	socklen_t size = sizeof(int);
	int yes = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == -1 ||
	    !yes)
		return false;
	size = sizeof(addr) - 1; /* the path may fill it, without a NUL */
	if (getsockname(fd, (struct sockaddr *)&addr, &size) == -1 ||
	    addr.sun_family != AF_UNIX || addr.sun_path[0] != '/')
		return false;
	memcpy(path, addr.sun_path, sizeof(addr.sun_path));
	return true;
}

int
systemd_socket(int *fd, char *path, struct error *err)
{
	const char *n = getenv("LISTEN_FDS");

	*fd = -1;
	if (n == NULL || !names_us("LISTEN_PID"))
		return 0;
	if (strcmp(n, "1") != 0 || !listens(FIRST_FD, path)) {
		fail(err, ERR_INVALID,
		    "LISTEN_FDS=%s: expected one listening Unix stream "
		    "socket from the service manager; use the ccprocd.socket "
		    "that was installed with this program",
		    n);
		return -1;
	}
	fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC);
	*fd = FIRST_FD;
	return 0;
}

bool
systemd_manages(void)
{
	return getenv("NOTIFY_SOCKET") != NULL;
}

void
systemd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	size_t len;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@'))
		return;
	len = strlen(path);
	if (len >= sizeof(addr.sun_path))
		return;
	memcpy(addr.sun_path, path, len);
	if (addr.sun_path[0] == '@')
		addr.sun_path[0] = '\0'; /* the abstract namespace */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	len += offsetof(struct sockaddr_un, sun_path);
	if (fd == -1 ||
	    sendto(fd, state, strlen(state), MSG_NOSIGNAL,
		(struct sockaddr *)&addr, (socklen_t)len) == -1)
		log_warn("cannot tell the service manager %s", state);
	if (fd != -1)
		close(fd);
}

static void
on_keep_alive(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	systemd_notify("WATCHDOG=1");
	loop_timer_start(keep_alive, keep_alive_ms);
}

void
systemd_watchdog_start(void)
{
	const char *usec = getenv("WATCHDOG_USEC");

	/* without WATCHDOG_PID every process of the service is meant */
	if (usec == NULL ||
	    (getenv("WATCHDOG_PID") != NULL && !names_us("WATCHDOG_PID")))
		return;
	keep_alive_ms = strtoll(usec, NULL, 10) / 2000;
	if (keep_alive_ms <= 0)
		return;
	keep_alive = loop_timer_new(on_keep_alive, NULL);
	loop_timer_start(keep_alive, keep_alive_ms);
}

void
systemd_watchdog_stop(void)
{
	if (keep_alive != NULL)
		event_free(keep_alive);
	keep_alive = NULL;
}
