/*
 * Whose connection it is: the process that has connected, and where it is.
 * Not what it says of itself decides, nor that nothing is known of it.
 */
#ifndef DAEMON_PEER_H
#define DAEMON_PEER_H

#include <stdint.h>
#include <sys/types.h>

#include "daemon/session.h"

struct error;

/* The process at the other end; pidfd is -1 when it cannot be held. */
struct peer {
	pid_t pid;
	int pidfd;
	enum session_where where;
	uint64_t inside;
};

/*
 * Looks at once who has connected fd, for its process may be another's by
 * the time that it says hello.  -1 with err: for want of a descriptor or of
 * memory nobody can be looked at now.
 */
int peer_take(struct peer *peer, int fd, struct error *err);

/*
 * Looks again and tells the session, which has the pid that hello has said,
 * what both looks came to.
 */
void peer_tell(const struct peer *peer, int fd, struct session *session);
void peer_clear(struct peer *peer);

#endif
