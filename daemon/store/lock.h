/*
 * The lock of the state directory.  POSIX record locks name their holder
 * and die with it; but any close of the file by the holder drops them, so
 * nobody opens a locked file twice.
 */
#ifndef DAEMON_STORE_LOCK_H
#define DAEMON_STORE_LOCK_H

#include <stdbool.h>
#include <sys/types.h>

struct error;

/*
 * Takes the lock that one daemon of a state directory holds, and notes the
 * socket's path in it.  ERR_BUSY: holder is the pid of who has it.
 */
int store_lock(const char *socket_path, pid_t *holder, struct error *err);
void store_unlock(void);
/* Whether the lock that we have is on the file that others find. */
bool store_locked(void);

/* Asks the holder of the lock to end, and waits until it is gone. */
int store_end_holder(pid_t holder, struct error *err);

#endif
