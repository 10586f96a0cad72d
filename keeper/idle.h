/*
 * How long a task has been silent.  Looked at only when that could have been
 * too long: a task that goes on as it should is woken for seldom, and one
 * that is silent never before its time.
 */
#ifndef KEEPER_IDLE_H
#define KEEPER_IDLE_H

#include <stdbool.h>
#include <stdint.h>

struct idle {
	int64_t span;    /* ms; 0: nothing is ever due */
	const char *dir; /* of the task */
	const int *fds;  /* stdout and stderr */
	int64_t since;   /* it was not idle then, CLOCK_MONOTONIC in ms */
	int64_t due;     /* when to call idle_expired */
	/* at the last look */
	int64_t ahead;      /* of the wall clock, before the monotonic one */
	int64_t written_at; /* by the wall clock */
	int64_t bytes;
};

/* From now on; dir and fds stay the caller's. */
void idle_init(struct idle *idle, unsigned span_s, const char *dir,
    const int *fds);

/* Looks; whether it has been silent for so long.  Else it is due later. */
bool idle_expired(struct idle *idle);

/* It could do nothing for so long, which is no silence. */
void idle_shift(struct idle *idle, int64_t ms);

#endif
