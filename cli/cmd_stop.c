/*
 * ccproc stop: stop tasks and wait until they have ended.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/tasks.h"
#include "cli/verbs.h"
#include "common/error.h"

struct stop_options {
	bool now;
	int64_t grace_s; /* -1: the daemon's default */
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct stop_options, now, .letter = 'n', .name = "now",
	    .help = "kill at once"),
	OPTION_NUMBER(struct stop_options, grace_s, .letter = 'g',
	    .name = "grace", .value = "SECONDS", .max = 120,
	    .help = "from the first signal to SIGKILL; default 10"),
	OPTION_FLAG(struct stop_options, json, .letter = 'j', .name = "json",
	    .help = "print the tasks as JSON"),
	END_OF_OPTIONS
};

static const struct stop_options defaults = { .grace_s = -1 };

/* The daemon answers after a while even if a long grace goes on. */
static int
wait_for_end(struct rpc *rpc, char *const *ids, struct tasks *tasks,
    struct error *err)
{
	const struct tasks_query query = { .wait_s = TASKS_WAIT_S };

	return tasks_check(rpc, ids, &query, tasks, err);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct stop_options *o = options;
	struct tasks tasks = { 0 };
	struct error err;
	char *text = NULL;
	int status = 0;

	free(tasks_stop(rpc, words, o->now, o->grace_s, &err));
	...
	return status;
}
