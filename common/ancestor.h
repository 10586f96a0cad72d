/*
 * Are we inside of a task?  By the process tree, for a task may have emptied
 * its environment; and what can be asked of its keeper.
 */
#ifndef COMMON_ANCESTOR_H
#define COMMON_ANCESTOR_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * The nearest keeper among our ancestors that is of this state directory; if
 * there are only others, one of these; 0 when there is none.
 */
pid_t ancestor_keeper(const char *state);
/* The same of another process of ours. */
pid_t ancestor_keeper_of(pid_t pid, const char *state);

/* The parent of process pid, 0 when unknown, and whether pid is a keeper. */
pid_t ancestor_parent(pid_t pid, bool *keeper);

/*
 * Asks that keeper to see to it that a daemon runs.  False when it is none
 * any more, not ours, or of another state directory.
 */
bool ancestor_ask(pid_t keeper, const char *state);

#endif
