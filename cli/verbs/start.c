/*
 * ccproc start: start a task and leave it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/start.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"

static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb start_verb = {
	.name = "start",
	.synopsis = start_synopsis,
	.summary = "Start a command or an agent and print its id",
	.details = start_details,
	.options = start_option_rows,
	.defaults = &start_defaults,
	.size = sizeof(struct start_options),
	.words = "a command",
	.command_follows = true,
	.check = start_check,
	.run = run,
};

/* A program that did not begin was not started, whatever its record says. */
static int
report(const struct tasks *tasks, const char *line, bool json)
{
	const struct task_info *task;
	int status = 0;
	size_t i;

	if (json)
		tasks_print_json(tasks);
	for (i = 0; i < tasks->n; i++) {
		task = &tasks->info[i];
		if (!json)
			puts(task->id);
		if (status == 0 && task->reason != NULL &&
		    strcmp(task->reason, "spawn_error") == 0)
			status = status_of(task);
	}
	if (status != 0)
		say("%s", line);
	return status;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct start_options *o = options;
	const struct tasks_query query = { .wait_s = 0 };
	struct json_object *request;
	struct tasks tasks = { 0 };
	struct error err;
	char **ids = NULL, *line = NULL;
	int status;

	request = start_request(o, words, &err);
	if (request == NULL)
		return say_failed(&err);
	status = start_tasks(rpc, request, &ids, &line, &err);
	if (status != 0)
		say("%s", err.text);
	else if (tasks_check(rpc, ids, &query, &tasks, &err) != 0)
		status = say_failed(&err);
	else
		status = report(&tasks, line, o->json);
	tasks_clear(&tasks);
	strv_free(ids);
	free(line);
	return status;
}
