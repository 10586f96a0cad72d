/*
 * ccproc stop: stop tasks and wait until they have ended.
 */
#include <stdlib.h>

#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/tasks.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"

struct stop_options {
	bool tree;
	bool now;
	int64_t grace_s; /* -1: the daemon's default */
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct stop_options, now, .letter = 'n', .name = "now",
	    .help = "kill at once"),
	OPTION_SECONDS(struct stop_options, grace_s, .letter = 'g',
	    .name = "grace", .value = "DURATION", .max = 120,
	    .help = "from the first signal to SIGKILL; default 10"),
	OPTION_FLAG(struct stop_options, json, .letter = 'j', .name = "json",
	    .help = "print the tasks as JSON"),
	OPTION_FLAG(struct stop_options, tree, .letter = 't', .name = "tree",
	    .help = "and all that they have started"),
	END_OF_OPTIONS,
};

static const struct stop_options defaults = { .grace_s = -1 };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb stop_verb = {
	.name = "stop",
	.synopsis = "[OPTION ...] ID ...",
	.summary = "Stop tasks with every process they started",
	.details = "\nTheir output and results are kept; what has ended "
		   "already stays as it is.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct stop_options),
	.words = "ID",
	.min_words = 1,
	.run = run,
};

/* Waits until nothing lives below the task. */
static int
wait_for_tree(struct rpc *rpc, const char *id, struct error *err)
{
	const struct tasks_filter filter = { .active = true,
		.tree = id,
		.limit = TASKS_MAX_PER_CALL };
	const struct tasks_query query = { .wait_s = TASKS_WAIT_S };
	struct tasks tree = { 0 };
	char **ids;
	int result;

	while ((result = tasks_list(rpc, &filter, &tree, err)) == 0 &&
	    tree.n > 0) {
		ids = tasks_names(&tree, NULL);
		tasks_clear(&tree);
		result = tasks_check(rpc, ids, &query, &tree, err);
		strv_free(ids);
		tasks_clear(&tree);
		if (result != 0)
			break;
	}
	tasks_clear(&tree);
	return result;
}

/* The daemon answers a stop after a while, though a long grace goes on. */
static int
stop(struct rpc *rpc, const struct stop_options *o, char *const *ids,
    struct tasks *tasks, struct error *err)
{
	const struct tasks_query query = { .wait_s = TASKS_WAIT_S,
		.result_chars = o->json ? TASKS_RESULT_CHARS : 0 };
	char *text = tasks_stop(rpc, ids, o->tree, o->now, o->grace_s, err);
	char *const *id;

	if (text == NULL)
		return -1;
	free(text);
	tasks_clear(tasks);
	for (id = ids; o->tree && *id != NULL; id++)
		if (wait_for_tree(rpc, *id, err) != 0)
			return -1;
	return tasks_check(rpc, ids, &query, tasks, err);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct stop_options *o = options;
	const struct tasks_query look = { .wait_s = 0 };
	struct tasks tasks = { 0 };
	struct error err;
	char **ids;
	int status;

	if (tasks_check(rpc, words, &look, &tasks, &err) != 0)
		return say_failed(&err);
	ids = tasks_names(&tasks, words);
	if (stop(rpc, o, ids, &tasks, &err) != 0)
		status = say_failed(&err);
	else
		status = say_tasks(rpc, &tasks, ids, o->json);
	strv_free(ids);
	tasks_clear(&tasks);
	return status;
}
