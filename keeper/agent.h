/*
 * What an agent says, as far as it concerns its keeper: that it has given
 * its result and is only in the way now, or that the API was too busy for it.
 */
#ifndef KEEPER_AGENT_H
#define KEEPER_AGENT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "keeper/events.h"

/* Background tasks that are told apart; more count as what a list says. */
#define AGENT_TASKS_MAX 32

struct agent {
	const int *fds;    /* its stdout, which is read, and stderr; or NULL */
	unsigned linger_s; /* 0: it may stay */
	off_t at;          /* in stdout */
	off_t stderr_bytes;
	struct events events;
	bool done;    /* it has given a result and begun no turn since */
	bool limited; /* the last one: the API was too busy */
	bool listed;  /* the last list of background tasks was not empty */
	uint64_t tasks[AGENT_TASKS_MAX]; /* those that have not ended */
	unsigned ntasks;
	int64_t end;         /* of the grace */
	unsigned lingered_s; /* it was silent for so long, and that was it */
	int64_t due; /* when to call agent_lingers, CLOCK_MONOTONIC in ms */
};

/* Without fds nothing is ever due.  They stay the caller's. */
void agent_init(struct agent *agent, const int *fds, unsigned linger_s);

/* It may have written: reads that, and sets when to look again. */
void agent_look(struct agent *agent);

/* Looks; whether the grace after its result is over, in which it was silent. */
bool agent_lingers(struct agent *agent);

/* When nobody writes any more: a last look, also at a line without an end. */
void agent_finish(struct agent *agent);

/* It could do nothing for so long, which is no silence. */
void agent_shift(struct agent *agent, int64_t ms);

#endif
