/*
 * A turn of the loop, from one wait of libevent to the next, is short, since
 * every client waits until it is over.  A build for tests, configured with
 * --enable-debug, logs those that took more than 5 ms of processor time, and
 * ends the daemon in the middle of one that computes for 25 ms.  A build with
 * sanitizers, which make everything many times slower, does neither.
 */
#ifndef DAEMON_OS_WATCHDOG_H
#define DAEMON_OS_WATCHDOG_H

#include <stddef.h>

#ifdef CCPROC_DEBUG
#define WATCHDOG_MS 25
/* From the next wait on. */
void watchdog_start(void);
/* The rest of this turn may take so much longer. */
void watchdog_allow(size_t ms);
#else
static inline void
watchdog_start(void)
{
}

static inline void
watchdog_allow(size_t ms)
{
	(void)ms;
}
#endif

#endif
