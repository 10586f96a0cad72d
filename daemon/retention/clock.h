/*
 * What the wall clock is worth: a machine may start with one that is years
 * off, and somebody may set it.  Nothing is deleted by such a clock.
 */
#ifndef DAEMON_RETENTION_CLOCK_H
#define DAEMON_RETENTION_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock_look {
	int64_t now;   /* of the wall */
	int64_t since; /* it agrees with what is known; 0: all the time */
	bool sound;    /* it has for a day */
};

/* Looks at it, and notes that for the next look, also of the next daemon. */
struct clock_look clock_look(void);

#endif
