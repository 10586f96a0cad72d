/*
 * ccproc pause and unpause: running tasks stand still for a while.
 */
#include "cli/control.h"
#include "cli/options.h"
#include "cli/select.h"
#include "cli/tasks.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "json/json.h"

struct pause_options {
	struct select select;
	bool queue;
	bool yes;
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct pause_options, queue, .name = "queue",
	    .help = "not tasks, but the queue, or with -g that of a group"),
	SELECT_OPTIONS(struct pause_options, select),
	OPTION_FLAG(struct pause_options, yes, .letter = 'y', .name = "yes",
	    .help = "do not ask before those that are selected"),
	OPTION_FLAG(struct pause_options, json, .letter = 'j', .name = "json",
	    .help = "print the tasks as JSON"),
	END_OF_OPTIONS,
};

static const struct pause_options defaults = { .yes = false };

static int check(const void *options, char *const *words, struct error *err);
static int run_pause(struct rpc *rpc, const void *options, char *const *words);
static int run_unpause(struct rpc *rpc, const void *options,
    char *const *words);

const struct verb pause_verb = {
	.name = "pause",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "Let running tasks stand still, with all their processes",
	.details =
	    "\nTheir timeouts stand still, too; a paused task keeps its place "
	    "among those that\nrun, and stop ends it as any other.  "
	    "ccproc unpause lets it go on.\n"
	    "With --queue nothing more starts, until unpause --queue.",
	.harmful = true,
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct pause_options),
	.words = "ID",
	.check = check,
	.run = run_pause,
};

const struct verb unpause_verb = {
	.name = "unpause",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "Let paused tasks go on",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct pause_options),
	.words = "ID",
	.check = check,
	.run = run_unpause,
};

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct pause_options *o = options;
	struct select select = o->select;

	if (!o->queue)
		return select_check_some(&o->select, words, err);
	select.group = NULL;
	if (words[0] == NULL && !select_is_used(&select) && !o->json)
		return 0;
	fail(err, ERR_INVALID,
	    "--queue is about no single tasks: only -g GROUP goes with it");
	return -1;
}

static bool
is_paused(const struct task_info *task)
{
	return task->paused_at != NULL;
}

static bool
is_not_paused(const struct task_info *task)
{
	return !is_paused(task);
}

static int
run_pause(struct rpc *rpc, const void *options, char *const *words)
{
	const struct pause_options *o = options;
	const struct control control = { .action = "pause",
		.deed = "pause",
		.select = &o->select,
		.yes = o->yes,
		.json = o->json,
		.is_meant = is_not_paused };

	return o->queue ?
	    control_queue(rpc, &control) :
	    control_run(rpc, &control, json_object_new_object(), words);
}

static int
run_unpause(struct rpc *rpc, const void *options, char *const *words)
{
	const struct pause_options *o = options;
	const struct control control = { .action = "unpause",
		.deed = "unpause",
		.select = &o->select,
		.yes = o->yes,
		.json = o->json,
		.is_meant = is_paused };

	return o->queue ?
	    control_queue(rpc, &control) :
	    control_run(rpc, &control, json_object_new_object(), words);
}
