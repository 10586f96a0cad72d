/*
 * The output cap: the most bytes that a task may write to its stdout, and
 * as many to its stderr; and when to look at what it has written at all.
 * Nothing polls: while a task is silent, so are we.
 */
#ifndef KEEPER_CAP_H
#define KEEPER_CAP_H

#include <stdbool.h>
#include <stdint.h>

struct cap {
	int64_t bytes; /* INT64_MAX: there is none */
	bool watched;  /* else nothing below is used */
	int dirfd;     /* of the task */
	const int *fds;
	int64_t room; /* at the last look; below 0: over the cap */
	int64_t due;  /* when to call cap_exceeded, CLOCK_MONOTONIC in ms */
	struct cap_stream {
		int64_t size; /* at the last look */
		int64_t cut;  /* bytes it had when it was cut, or 0 */
	} streams[2];
};

/*
 * Watches stdout and stderr, which are fds as the program has them, and in
 * dirfd; all stay the caller's.  Without a cap (0 bytes) only if somebody wants to look at them.
 */
void cap_init(struct cap *cap, int64_t bytes, bool wanted, int dirfd,
    const int *fds);

/* A SIGIO came, which has to be blocked: sets when to look. */
void cap_written(struct cap *cap);

/* Looks, whether due or not, and sets when to look again. */
bool cap_exceeded(struct cap *cap);

/* When nobody writes any more: a last look. */
void cap_finish(struct cap *cap);

#endif
