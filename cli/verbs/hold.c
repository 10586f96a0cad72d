/*
 * ccproc hold and release: queued tasks do not start for now.
 */
#include "cli/control.h"
#include "cli/options.h"
#include "cli/select.h"
#include "cli/tasks.h"
#include "cli/verbs/verbs.h"
#include "json/json.h"

struct hold_options {
	struct select select;
	bool yes;
	bool json;
};

static const struct option_row rows[] = {
	SELECT_OPTIONS(struct hold_options, select),
	OPTION_FLAG(struct hold_options, yes, .letter = 'y', .name = "yes",
	    .help = "do not ask before those that are selected"),
	OPTION_FLAG(struct hold_options, json, .letter = 'j', .name = "json",
	    .help = "print the tasks as JSON"),
	END_OF_OPTIONS,
};

static const struct hold_options defaults = { .yes = false };

static int check(const void *options, char *const *words, struct error *err);
static int run_hold(struct rpc *rpc, const void *options, char *const *words);
static int run_release(struct rpc *rpc, const void *options,
    char *const *words);

const struct verb hold_verb = {
	.name = "hold",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "Keep queued tasks from starting",
	.details = "\nThey keep their place; ccproc release lets them start, "
		   "ccproc start --hold starts\nwith it.",
	.harmful = true,
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct hold_options),
	.words = "ID",
	.check = check,
	.run = run_hold,
};

const struct verb release_verb = {
	.name = "release",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "Let held tasks start",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct hold_options),
	.words = "ID",
	.check = check,
	.run = run_release,
};

static int
check(const void *options, char *const *words, struct error *err)
{
	return select_check_some(
	    &((const struct hold_options *)options)->select, words, err);
}

static bool
is_held(const struct task_info *task)
{
	return task->held != 0;
}

static bool
is_not_held(const struct task_info *task)
{
	return task->held == 0;
}

static int
run_hold(struct rpc *rpc, const void *options, char *const *words)
{
	const struct hold_options *o = options;
	const struct control control = { .action = "hold",
		.deed = "hold",
		.select = &o->select,
		.yes = o->yes,
		.json = o->json,
		.queued = true,
		.is_meant = is_not_held };

	return control_run(rpc, &control, json_object_new_object(), words);
}

static int
run_release(struct rpc *rpc, const void *options, char *const *words)
{
	const struct hold_options *o = options;
	const struct control control = { .action = "release",
		.deed = "release",
		.select = &o->select,
		.yes = o->yes,
		.json = o->json,
		.queued = true,
		.is_meant = is_held };

	return control_run(rpc, &control, json_object_new_object(), words);
}
