/*
 * ccproc apply: brings what a task has changed into the checkout of the person.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/changes.h"
#include "cli/child.h"
#include "cli/options.h"
#include "cli/path.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"

struct apply_options {
	bool none;
};

static const struct option_row rows[] = {
	END_OF_OPTIONS,
};

static const struct apply_options defaults = { .none = false };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb apply_verb = {
	.name = "apply",
	.synopsis = "ID",
	.summary =
	    "Bring into this checkout what a task has changed in its worktree",
	.details =
	    "\nAll that `ccproc diff ID' shows goes into the checkout "
	    "that this folder is in, or\nelse the one that the task was "
	    "started from, and is staged.  All of it, or, where\nit "
	    "conflicts or meets a change that is not committed, nothing.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct apply_options),
	.words = "ID",
	.min_words = 1,
	.max_words = 1,
	.run = run,
};

static void
show(FILE *printed)
{
	struct buf text = { 0 };

	child_read(fileno(printed), &text);
	if (text.len > 0)
		text_print(stdout, text.data);
	buf_clear(&text);
}

/* What to do with the task itself. */
static void
say_rest(const struct task_info *task)
{
	if (status_ended(task))
		printf("Delete the task with its worktree: ccproc rm "
		       "--force-worktree %s\n",
		    task->id);
	else
		say("%s has not ended: this is what it has changed by now",
		    task->id);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	char *here = path_absolute(".");
	struct tasks tasks = { 0 };
	struct error err;
	char **argv = changes_argv(rpc, "apply", words[0], &tasks, &err);
	int status;

	(void)options;
	if (argv != NULL) {
		argv = strv_add(strv_add(argv, here), tasks.info[0].cwd);
		status = changes_run(argv, show);
		if (status == 0)
			say_rest(&tasks.info[0]);
	} else
		status = say_failed(&err);
	strv_free(argv);
	tasks_clear(&tasks);
	free(here);
	return status;
}
