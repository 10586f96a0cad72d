/*
 * How long ago something was: by the clock of the boot while that boot lasts,
 * for the wall clock may be set.
 */
#ifndef DAEMON_RECORD_AGE_H
#define DAEMON_RECORD_AGE_H

#include <stdint.h>

/*
 * The age in ms of what was at wall_ms, and up_ms after that boot (0: not
 * known).
 */
int64_t age_of(const char *boot, int64_t wall_ms, int64_t up_ms);

#endif
