/*
 * Waiting for signals that are blocked.
 */
#ifndef KEEPER_SIGNALS_H
#define KEEPER_SIGNALS_H

#include <signal.h>
#include <stdint.h>

/*
 * Waits for one of set, for that many ms or, with a negative number, without
 * end.  Returns the signal and fills info, which may be NULL; or -1, when the
 * time is over and also when the wait was disturbed: a process that is
 * stopped or frozen and goes on has a wait cut short.
 */
int signals_wait(const sigset_t *set, siginfo_t *info, int64_t ms);

#endif
