/*
 * Keeps the state directory there: makes again what is removed of it while
 * the daemon runs.  It does not simply leave that to the next daemon, which
 * would not know the tasks that still run, would start once more those whose
 * calls are open, and would put an empty directory in the place of one that
 * was moved away for a while.
 */
#ifndef DAEMON_STATE_H
#define DAEMON_STATE_H

struct error;
struct session;

/* Borrows the path of the socket, which is noted in the file of the lock. */
void state_keep(const char *socket_path);
void state_free(void);

/*
 * Whether a session that was told of a state directory means ours: the socket
 * is another thing, by which it may have come to the wrong daemon.
 */
int state_check(const struct session *session, struct error *err);

#endif
