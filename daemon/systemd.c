/*
 * The service manager's protocol, which is small enough to need no library.
 * See systemd.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "daemon/loop.h"
#include "daemon/systemd.h"

/* SD_LISTEN_FDS_START */
#define FIRST_FD 3

static struct event *keep_alive;
static int64_t keep_alive_ms;

/* A variable that counts only with a matching pid beside it. */
static const char *
for_us(const char *name, const char *pid_name)
{
	const char *pid = getenv(pid_name);

	if (pid != NULL && strtol(pid, NULL, 10) != (long)getpid())
		return NULL;
	return getenv(name);
}

static bool
listens(int fd)
{
	struct sockaddr_un addr;
	socklen_t size = sizeof(int);
	int yes = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &size) == -1 ||
	    !yes)
		return false;
	size = sizeof(addr);
	return getsockname(fd, (struct sockaddr *)&addr, &size) == 0 &&
	    addr.sun_family == AF_UNIX;
}

int
systemd_socket(struct error *err)
{
	const char *n = for_us("LISTEN_FDS", "LISTEN_PID");

	if (n == NULL || getenv("LISTEN_PID") == NULL)
		return SYSTEMD_NO_SOCKET;
	if (strcmp(n, "1") != 0 || !listens(FIRST_FD)) {
		fail(err, ERR_INVALID, "LISTEN_FDS=%s: expected one listening "
		    "Unix stream socket from the service manager; use the "
		    "ccprocd.socket that was installed with this program", n);
		return -2;
	}
	fcntl(FIRST_FD, F_SETFD, FD_CLOEXEC);
	return FIRST_FD;
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
	if (fd == -1 || sendto(fd, state, strlen(state), MSG_NOSIGNAL,
	    (struct sockaddr *)&addr,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)) == -1)
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
	const char *usec = for_us("WATCHDOG_USEC", "WATCHDOG_PID");

	keep_alive_ms = usec == NULL ? 0 : strtoll(usec, NULL, 10) / 2000;
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
