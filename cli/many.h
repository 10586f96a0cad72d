/*
 * The output of several tasks at once, line by line, each with the name of its
 * task before it.
 */
#ifndef CLI_MANY_H
#define CLI_MANY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/lens.h"

struct error;
struct rpc;
struct tasks;

struct many_spec {
	struct lens lens; /* how lines are shown, but for colour and prefix */
	bool follow;      /* until all have ended */
	bool json;        /* lines are JSON, all on stdout */
	bool use_stdout, use_stderr;
	int64_t lines;      /* of what there is, the last ones; -1: all */
	const char *colour; /* the value of --color */
};

/* Of more it says that, with err. */
#define MANY_MAX 30

/*
 * Prints, of a command, its lines, each to the stream that it has written to;
 * of an agent, what it does and what it came to.  -1 with err.
 */
int many_print(struct rpc *rpc, const struct many_spec *spec,
    const struct tasks *tasks, struct error *err);

#endif
