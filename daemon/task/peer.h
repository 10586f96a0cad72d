/*
 * Whose connection it is: the process that has connected, and where it is.
 * Not what it says of itself decides, nor that nothing is known of it.
 */
#ifndef DAEMON_TASK_PEER_H
#define DAEMON_TASK_PEER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/task/whereabouts.h"

struct error;
struct session;

/* The process at the other end. */
struct peer {
	pid_t pid;
	int pidfd; /* until it is known where it is; -1: it cannot be held */
	enum where where;
	uint64_t inside; /* the task of ours, or 0 */
};

/*
 * Looks at once who has connected fd, for its process may be another's by
 * the time that it says hello.  -1 with err: for want of a descriptor or of
 * memory nobody can be looked at now.
 */
int peer_take(struct peer *peer, int fd, struct error *err);

/*
 * Looks again, at hello, and gives the peer to the session, which has the pid
 * that hello has said and must go before the peer.
 */
void peer_tell(struct peer *peer, int fd, struct session *session);
void peer_clear(struct peer *peer);

/*
 * Where the session's process is.  Who could not be told looks again each time,
 * until that can be told.
 */
enum where peer_where(const struct session *session);
/* Whether that is known: inside or outside. */
bool peer_is_known(const struct session *session);
/* Whether it is a process of this machine of which that is not known. */
bool peer_hides(const struct session *session);
/* The task of ours that the process is inside of, or 0. */
uint64_t peer_inside(const struct session *session);

#endif
