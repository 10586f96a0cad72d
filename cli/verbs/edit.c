/*
 * ccproc edit: a queued task in the editor, which becomes another task.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/again.h"
#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/start.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"

struct edit_options {
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct edit_options, json, .letter = 'j', .name = "json",
	    .help = "print the new task as JSON"),
	END_OF_OPTIONS,
};

static const struct edit_options defaults = { .json = false };

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb edit_verb = {
	.name = "edit",
	.synopsis = "[-j] ID",
	.summary = "Change a queued task in $EDITOR",
	.details = "\nWhat it becomes is a new task, with the place, the group "
		   "and the environment of the\nold one, which is cancelled; "
		   "what waits for the old one waits for the new one.\nAn "
		   "editor that fails, or changes nothing, changes nothing.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct edit_options),
	.words = "ID",
	.min_words = 1,
	.max_words = 1,
	.run = run,
};

static int
check_queued(const struct tasks *tasks, struct error *err)
{
	if (tasks->n == 1 && strcmp(tasks->info[0].state, "queued") == 0)
		return 0;
	if (tasks->n != 1)
		fail(err, ERR_INVALID, "that is %zu tasks; expected one",
		    tasks->n);
	else
		fail(err, ERR_INVALID,
		    "%s is %s; expected a task that is queued, so nothing was "
		    "changed; ccproc restart --edit starts one again that has "
		    "ended",
		    tasks->info[0].id, tasks->info[0].state);
	return -1;
}

/* Returns what to ask for; NULL with err, or (ERR_NONE) nothing has changed. */
static struct json_object *
edited(const struct task_info *task, struct error *err)
{
	struct json_object *args = again_queued(task, err), *options;
	char *before;
	bool same;

	if (args == NULL)
		return NULL;
	before = xstrdup(json_text(args, NULL));
	args = again_edit(args, err);
	same = args != NULL && strcmp(before, json_text(args, NULL)) == 0;
	free(before);
	if (same) {
		json_object_put(args);
		args = NULL;
		error_clear(err);
	}
	if (args == NULL)
		return NULL;
	options = json_object_at(args, "options");
	if (options == NULL) {
		options = json_object_new_object();
		json_add(args, "options", options);
	}
	json_add_string(options, "replaces", task->id);
	json_add_int(args, "wait_s", 0);
	if (again_add_stdin(task, args, err) == 0)
		return args;
	json_object_put(args);
	return NULL;
}

/* Takes args. */
static int
replace(struct rpc *rpc, const struct edit_options *o, struct json_object *args)
{
	const struct tasks_query query = { .wait_s = 0 };
	struct tasks tasks = { 0 };
	char **ids = NULL, *line = NULL;
	struct error err;
	int status = start_tasks(rpc, args, &ids, &line, &err);

	if (status != 0)
		say("%s", err.text);
	else if (tasks_check(rpc, ids, &query, &tasks, &err) != 0)
		status = say_failed(&err);
	else
		status = say_tasks(rpc, &tasks, ids, o->json);
	tasks_clear(&tasks);
	strv_free(ids);
	free(line);
	return status;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct tasks_query query = { .wait_s = 0 };
	struct tasks tasks = { 0 };
	struct json_object *args = NULL;
	struct error err;
	int status = 0;

	error_clear(&err);
	if (tasks_check(rpc, words, &query, &tasks, &err) == 0 &&
	    check_queued(&tasks, &err) == 0)
		args = edited(&tasks.info[0], &err);
	if (args != NULL)
		status = replace(rpc, options, args);
	else if (err.code != ERR_NONE)
		status = say_failed(&err);
	else
		say("%s is as it was: nothing was edited", tasks.info[0].id);
	tasks_clear(&tasks);
	return status;
}
