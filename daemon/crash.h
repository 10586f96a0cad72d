/*
 * What who has sent a request is told of its being handled, when that is not
 * over soon: that the daemon has begun, and that it dies of it.  One that is
 * killed from outside says nothing more: it did not die of the request.
 */
#ifndef DAEMON_CRASH_H
#define DAEMON_CRASH_H

#include <stdbool.h>
#include <stdint.h>

/* From now on faults, failed assertions, fatal errors and watchdogs count. */
void crash_init(void);

/*
 * The request with this ordinal, from the socket fd, is being handled; told: so
 * much was said already.  Ordinal 0: its sender cannot be told anything.
 */
void crash_handling(int fd, uint64_t ordinal, bool told);
/* It has been handled; returns whether its beginning was told. */
bool crash_handled(void);

#endif
