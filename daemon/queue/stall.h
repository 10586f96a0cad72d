/*
 * Why no task can be started just now, whichever it is: the keeper is not
 * there, say, or no process is left.  The queue tries again and again.
 */
#ifndef DAEMON_QUEUE_STALL_H
#define DAEMON_QUEUE_STALL_H

#include <stdbool.h>

/* Notes why; false: that was known. */
bool stall_note(const char *why);
/* One was started, so nothing is in the way. */
void stall_end(void);
/* NULL: nothing is known to be in the way. */
const char *stall_reason(void);

#endif
