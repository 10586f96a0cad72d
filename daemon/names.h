/*
 * The names of all tasks are read when the daemon starts: in slices, and
 * clients wait until they are known, so that no answer has to.  The labels of
 * the newest are read after them, while clients are served.
 */
#ifndef DAEMON_NAMES_H
#define DAEMON_NAMES_H

#include <stdbool.h>

/* Calls fn when they are known, which may be at once. */
void names_read(void (*fn)(void));
bool names_are_read(void);
void names_stop(void);

#endif
