/*
 * What a task writes, and those who look at it.
 */
#ifndef KEEPER_STREAMS_H
#define KEEPER_STREAMS_H

#include "keeper/agent.h"
#include "keeper/cap.h"
#include "keeper/idle.h"

struct keeper_options;

/* The files are held: a name that the task removes or reuses hides nothing. */
struct streams {
	int fds[2]; /* stdout and stderr; -1: nobody looks at them */
	struct cap cap;
	struct agent agent;
	struct idle idle;
};

/*
 * Of the task in the directory dirfd, which stays the caller's; takes its
 * stdout and stderr as the program has them.
 */
void streams_init(struct streams *streams, const struct keeper_options *options,
    int dirfd, const int outputs[2]);

#endif
