/*
 * The protocol between systemd and a service: the socket that it passes
 * (sd_listen_fds(3)), readiness and the watchdog (sd_notify(3)).  Without
 * systemd nothing is done.
 */
#ifndef DAEMON_OS_SYSTEMD_H
#define DAEMON_OS_SYSTEMD_H

#include <stdbool.h>

struct error;

/* Whether a service manager has started us, which restarts us, too. */
bool systemd_manages(void);

/*
 * Sets fd to the listening socket that was passed, and path
 * (SOCKET_PATH_SIZE) to where it is bound; without a socket fd becomes -1 and
 * path is left alone.  -1 with err: something else was passed.
 */
int systemd_socket(int *fd, char *path, struct error *err);

/* Tells systemd "READY=1", "STOPPING=1" or "STATUS=...". */
void systemd_notify(const char *state);

/* Sends keep-alives at half of WATCHDOG_USEC while the loop turns. */
void systemd_watchdog_start(void);
void systemd_watchdog_stop(void);

#endif
