/*
 * The output cap: the most bytes that a task may write to its stdout, and
 * as many to its stderr.  Nothing polls: while a task is silent, so are we.
 */
#ifndef KEEPER_CAP_H
#define KEEPER_CAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cap {
	int64_t bytes; /* 0: there is none, nothing below is used */
	int dirfd;     /* of the task */
	int64_t room;  /* at the last look; below 0: over the cap */
	int64_t due;   /* when to call cap_exceeded, CLOCK_MONOTONIC in ms */
	struct cap_stream {
		int fd;
		int64_t size; /* at the last look */
		bool cut;     /* it was smaller than at the look before */
	} streams[2];
};

/* Watches the files stdout and stderr in dirfd, which stays the caller's. */
void cap_init(struct cap *cap, int64_t bytes, int dirfd);

/* A SIGIO came, which has to be blocked: sets when to look. */
void cap_written(struct cap *cap);

/* Looks, whether due or not, and sets when to look again. */
bool cap_exceeded(struct cap *cap);

/* When nobody writes any more: a last look; what was cut, or "", in note. */
void cap_finish(struct cap *cap, char *note, size_t size);

#endif
