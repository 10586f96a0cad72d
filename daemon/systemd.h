/*
 * What systemd tells a service by its environment, and is told: the socket
 * it passed (sd_listen_fds(3)), readiness and the watchdog (sd_notify(3)).
 * Without systemd all of it does nothing.
 */
#ifndef DAEMON_SYSTEMD_H
#define DAEMON_SYSTEMD_H

#define SYSTEMD_NO_SOCKET (-1)

struct error;

/*
 * Returns the listening socket that was passed, SYSTEMD_NO_SOCKET when none
 * was; *err is filled when what was passed is not one Unix stream socket,
 * and then -2 is returned.
 */
int systemd_socket(struct error *err);

/* "READY=1", "STOPPING=1" */
void systemd_notify(const char *state);

/* Sends keep-alives at half of WATCHDOG_USEC while the loop turns. */
void systemd_watchdog_start(void);
void systemd_watchdog_stop(void);

#endif
