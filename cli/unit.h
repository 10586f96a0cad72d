/*
 * Where the daemon runs: under systemd, or outside of it though its units
 * are enabled.
 */
#ifndef CLI_UNIT_H
#define CLI_UNIT_H

#include <stdbool.h>
#include <sys/types.h>

/* Whether the process is one of ccprocd.service of the user's systemd. */
bool unit_has(pid_t pid);
/* Whether the user has enabled the units. */
bool unit_is_enabled(void);

#endif
