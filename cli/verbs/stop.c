/*
 * ccproc stop: stop tasks and wait until they have ended.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"

struct stop_options {
	struct select select;
	bool yes;
	bool tree;
	bool now;
	int64_t grace_s; /* -1: the daemon's default */
	bool json;
};

static const struct option_row rows[] = {
	SELECT_OPTIONS(struct stop_options, select),
	OPTION_FLAG(struct stop_options, yes, .letter = 'y', .name = "yes",
	    .help = "do not ask before those that are selected"),
	OPTION_FLAG(struct stop_options, now, .letter = 'n', .name = "now",
	    .help = "kill at once"),
	OPTION_SECONDS(struct stop_options, grace_s, .name = "grace",
	    .value = "DURATION", .max = 120,
	    .help = "from the first signal to SIGKILL; default 10"),
	OPTION_FLAG(struct stop_options, json, .letter = 'j', .name = "json",
	    .help = "print the tasks as JSON"),
	OPTION_FLAG(struct stop_options, tree, .name = "tree",
	    .help = "and all that they have started"),
	END_OF_OPTIONS,
};

static const struct stop_options defaults = { .grace_s = -1 };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb stop_verb = {
	.name = "stop",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "Stop tasks with every process they started",
	.details = "\nTheir output and results are kept; what has ended "
		   "already stays as it is.",
	.harmful = true,
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct stop_options),
	.words = "ID",
	.check = check,
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
		ids = tasks_names(&tree);
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
stop(struct rpc *rpc, const struct stop_options *o, char *const *order,
    char *const *ids, struct tasks *tasks, struct error *err)
{
	const struct tasks_query query = { .wait_s = TASKS_WAIT_S,
		.result_chars = o->json ? TASKS_RESULT_CHARS : 0 };
	char *const *id;

	if (tasks_stop(rpc, order, o->tree, o->now, o->grace_s, err) != 0)
		return -1;
	tasks_clear(tasks);
	for (id = ids; o->tree && *id != NULL; id++)
		if (wait_for_tree(rpc, *id, err) != 0)
			return -1;
	return tasks_check(rpc, ids, &query, tasks, err);
}

/*
 * Those in the queue come first: a slot that comes free must not start one
 * that is to be stopped, too.
 */
static char **
in_order(const struct tasks *tasks)
{
	char **ids = xcalloc(tasks->n + 1, sizeof(*ids));
	size_t i, n = 0;
	int running;

	for (running = 0; running < 2; running++)
		for (i = 0; i < tasks->n; i++)
			if (running ==
			    (strcmp(tasks->info[i].state, "queued") != 0))
				ids[n++] = xstrdup(tasks->info[i].id);
	return ids;
}

static int
check(const void *options, char *const *words, struct error *err)
{
	return select_check_some(
	    &((const struct stop_options *)options)->select, words, err);
}

static int
stop_and_tell(struct rpc *rpc, const struct stop_options *o, char *const *ids,
    struct tasks *tasks)
{
	char **order;
	struct error err;
	int result;

	if (select_is_used(&o->select) && !o->yes &&
	    !select_confirm(tasks, "stop"))
		return STATUS_CANCELLED;
	order = in_order(tasks);
	result = stop(rpc, o, order, ids, tasks, &err);
	strv_free(order);
	return result != 0 ? say_failed(&err) :
			     say_tasks(rpc, tasks, ids, o->json);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct stop_options *o = options;
	struct tasks tasks = { 0 };
	struct error err;
	char **ids;
	int status;

	ids = select_tasks(rpc, &o->select, words, SELECT_LIVE, &tasks, &err);
	if (ids == NULL)
		return say_failed(&err);
	status = tasks.n == 0 ? say_none() : stop_and_tell(rpc, o, ids, &tasks);
	strv_free(ids);
	tasks_clear(&tasks);
	return status;
}
