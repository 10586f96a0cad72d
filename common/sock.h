/*
 * Unix stream sockets by path, and who is at the other end.  Every
 * descriptor is close-on-exec.  Needs libc only.
 */
#ifndef COMMON_SOCK_H
#define COMMON_SOCK_H

#include <stdbool.h>
#include <sys/types.h>

struct error;

/* Returns a connected, blocking descriptor; -1: err.errnum tells why. */
int sock_connect(const char *path, struct error *err);

/* Whether somebody listens at path who has not ended; at once. */
bool sock_answers(const char *path);

/*
 * Binds and listens, mode 0600, non-blocking, after removing what was at
 * path if that was a socket of ours.
 */
int sock_listen(const char *path, struct error *err);

/* SO_PEERCRED of a connected socket. */
int sock_peer(int fd, uid_t *uid, pid_t *pid, struct error *err);

#endif
