/*
 * Seeing to it that there is a daemon, so that a queue goes on while nobody
 * is connected.
 */
#ifndef KEEPER_REVIVE_H
#define KEEPER_REVIVE_H

/*
 * Starts the program daemon (NULL: nothing) when none serves the state
 * directory of the task in dir.
 */
void revive_daemon(const char *dir, const char *daemon);

/*
 * The same, but only if the state directory has other tasks to see to, or
 * this one is to go on with another run.
 */
void revive_for_others(const char *dir, const char *daemon);

#endif
