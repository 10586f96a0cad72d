/*
 * ccproc rm: delete tasks with all their data.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"

struct rm_options {
	bool force;
	bool force_worktree;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct rm_options, force, .letter = 'f', .name = "force",
	    .help = "stop those that still go on"),
	OPTION_FLAG(struct rm_options, force_worktree, .name = "force-worktree",
	    .help = "remove worktrees with changes, too"),
	END_OF_OPTIONS,
};

static const struct rm_options defaults = { .force = false };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb rm_verb = {
	.name = "rm",
	.synopsis = "[--force] [--force-worktree] ID ...",
	.summary = "Delete tasks that have ended, with their output",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct rm_options),
	.words = "ID",
	.min_words = 1,
	.run = run,
};

static int
check_ended(const struct tasks *tasks, struct error *err)
{
	const struct task_info *task;
	size_t i;

	error_clear(err);
	for (i = 0; i < tasks->n; i++) {
		task = &tasks->info[i];
		if (!status_ended(task))
			fail_add(err, ERR_BUSY, "%s is %s", task->id,
			    task->state);
	}
	if (err->code == ERR_NONE)
		return 0;
	fail_add(err, ERR_BUSY,
	    "nothing was removed: stop what goes on, or give --force");
	return -1;
}

/* A task that could not be removed is still where it was. */
static int
status_after(const struct tasks *tasks)
{
	size_t i;

	for (i = 0; i < tasks->n; i++)
		if (access(tasks->info[i].output.dir, F_OK) == 0)
			return STATUS_OURS;
	return 0;
}

static int
remove_tasks(struct rpc *rpc, const struct rm_options *o, char *const *ids,
    struct tasks *tasks, struct error *err)
{
	const struct tasks_query query = { .wait_s = 0 };
	char **names, *text;

	if (tasks_check(rpc, ids, &query, tasks, err) != 0 ||
	    (!o->force && check_ended(tasks, err) != 0))
		return -1;
	names = tasks_names(tasks, ids);
	text = tasks_remove(rpc, names, o->force, o->force_worktree, err);
	strv_free(names);
	if (text == NULL)
		return -1;
	text_print(stdout, text);
	free(text);
	return 0;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	struct tasks tasks = { 0 };
	struct error err;
	int status;

	if (remove_tasks(rpc, options, words, &tasks, &err) != 0)
		status = say_failed(&err);
	else
		status = status_after(&tasks);
	tasks_clear(&tasks);
	return status;
}
