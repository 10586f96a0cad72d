/*
 * Staying with a task to its end: its output, its result, its exit status.
 */
#ifndef CLI_STAY_H
#define CLI_STAY_H

#include <stdbool.h>

struct rpc;

struct stay_options {
	bool json;   /* print the task instead of its output */
	bool follow; /* show what it writes */
	bool clean;  /* of a command, too */
	bool result; /* an agent's is wanted */
	int signals; /* of signals_catch */
};

/* Returns the exit status. */
int stay(struct rpc *rpc, char *id, const struct stay_options *options);

#endif
