/*
 * A pause of a task: nothing of it runs, and its time stands still.  While it
 * lasts, the folder of the run has a file KEEPER_PAUSED (common/keeperctl.h).
 */
#ifndef KEEPER_PAUSE_H
#define KEEPER_PAUSE_H

#include <stdbool.h>
#include <stdint.h>

struct record;

struct pause {
	int64_t since; /* CLOCK_MONOTONIC in ms; 0: there is none */
	int64_t total; /* of all that are over, in ms */
	bool stopped;  /* by SIGSTOP, and not by the cgroup */
};

/*
 * Begins one, unless there is one.  What cannot be noted in the folder does not
 * begin: nobody would know of it.
 */
void pause_begin(struct pause *pause, const struct record *record);

/* Ends one; returns how long it was, in ms, 0 where there was none. */
int64_t pause_end(struct pause *pause, const struct record *record);

/* The task is over: notes how long it was paused. */
void pause_finish(struct pause *pause, struct record *record);

#endif
