/*
 * Alarms at a time of the wall clock.  Timers of the loop stand still while the
 * machine sleeps, and do not notice that somebody sets the clock.
 */
#ifndef DAEMON_OS_ALARM_H
#define DAEMON_OS_ALARM_H

#include <stdint.h>

struct alarm;

/* Calls fn from the loop at the time that is set, or when the clock is set. */
struct alarm *alarm_new(void (*fn)(int, short, void *), void *arg);
void alarm_free(struct alarm *alarm);

/* Sets the time: wall clock, ms; 0: none.  It is over with the first call. */
void alarm_set(struct alarm *alarm, int64_t at_ms);

#endif
