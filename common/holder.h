/*
 * The process that holds a POSIX record lock: finding it, and ending it
 * without harm to another one that got its pid.  Needs libc only.
 */
#ifndef COMMON_HOLDER_H
#define COMMON_HOLDER_H

#include <sys/types.h>

struct error;

/*
 * Who holds a lock on fd that keeps others from a write lock: its pid; 0:
 * nobody; -1: somebody on another machine or in another pid namespace.
 */
pid_t holder_of(int fd);

/*
 * Asks the process to end, if it holds the lock of fd, and waits so long
 * until it is gone.  0: it is, perhaps by itself; -1 with err.
 */
int holder_end(int fd, pid_t holder, int wait_ms, struct error *err);

#endif
