/*
 * Whether the machine is being shut down, as the ends of tasks tell.  A daemon
 * that somebody starts in the middle of it, outside of the user's systemd,
 * finds their places free, and must not fill them again.
 */
#ifndef DAEMON_QUEUE_LEAVING_H
#define DAEMON_QUEUE_LEAVING_H

#include <stdint.h>

struct record;

/* A task has ended. */
void leaving_note(const struct record *rec);
/* For how long nothing is started; 0: it is not shut down. */
int64_t leaving_ms(void);
void leaving_forget(void);

#endif
