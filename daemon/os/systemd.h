/*
 * What systemd tells a service by its environment, and is told: the socket
 * it passed (sd_listen_fds(3)), readiness and the watchdog (sd_notify(3)).
 * Without systemd all of it does nothing.
 */
#ifndef DAEMON_OS_SYSTEMD_H
#define DAEMON_OS_SYSTEMD_H

#include <stdbool.h>

struct error;

/* Whether a service manager has started us, and starts us again. */
bool systemd_manages(void);

/*
 * Puts into fd the listening socket that was passed, and into path
 * (SOCKET_PATH_SIZE) where it is bound; fd is -1 and path untouched when
 * none was.  -1 and err: what was passed is not one Unix stream socket.
 */
int systemd_socket(int *fd, char *path, struct error *err);

/* "READY=1", "STOPPING=1", "STATUS=..." */
void systemd_notify(const char *state);

/* Sends keep-alives at half of WATCHDOG_USEC while the loop turns. */
void systemd_watchdog_start(void);
void systemd_watchdog_stop(void);

#endif
