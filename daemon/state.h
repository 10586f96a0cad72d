/*
 * Keeps the state directory there: makes again what is removed of it while
 * the daemon runs.
 */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

/* Socket_path is what the lock's file tells others; it is borrowed. */
void state_keep(const char *socket_path);
void state_free(void);

#endif
