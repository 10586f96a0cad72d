/*
 * When agents were launched: at most so many in any window of some seconds,
 * as the configuration says, so that they do not meet the API's rate limit
 * all at once.
 */
#ifndef DAEMON_QUEUE_LAUNCHES_H
#define DAEMON_QUEUE_LAUNCHES_H

#include <stdint.h>

/* One was launched then, by time_mono_ms. */
void launches_note(int64_t at);
/* How many ms from now the next one may be; 0: now. */
int64_t launches_wait_ms(int64_t now);
void launches_forget(void);

#endif
