/*
 * Are we inside of a task?  By the process tree, for a task may have emptied
 * its environment; and what can be asked of its keeper.
 */
#ifndef COMMON_ANCESTOR_H
#define COMMON_ANCESTOR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/*
 * The nearest keeper among our ancestors that is of this state directory; if
 * there are only others, one of these; 0 when there is none.
 */
pid_t ancestor_keeper(const char *state);

struct ancestor {
	pid_t parent;
	pid_t session;   /* see setsid(2) */
	int64_t started; /* after boot, in ticks of the clock */
	bool keeper;     /* by its name */
};

/* Looks at process pid; false: there is none, or we may not look. */
bool ancestor_read(pid_t pid, struct ancestor *ancestor);

/* Whether that keeper keeps a task of this state directory. */
bool ancestor_keeps(pid_t keeper, const char *state);

/*
 * Asks that keeper to see to it that a daemon runs.  False when it is none
 * any more, not ours, or of another state directory.
 */
bool ancestor_ask(pid_t keeper, const char *state);

#endif
