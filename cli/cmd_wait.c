/*
 * ccproc wait: wait for tasks to end.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/verbs.h"
#include "common/error.h"
#include "common/timefmt.h"

struct wait_options {
	bool any;
	int64_t timeout_s; /* -1: none */
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct wait_options, any, .letter = 'a', .name = "any",
	    .help = "for the first one to end, not for all"),
	OPTION_NUMBER(struct wait_options, timeout_s, .letter = 't',
	    .name = "timeout", .value = "SECONDS", .max = 31536000,
	    .help = "then exit with status 124"),
	OPTION_FLAG(struct wait_options, json, .letter = 'j', .name = "json",
	    .help = "print the tasks as JSON"),
	END_OF_OPTIONS
};

static const struct wait_options defaults = { .timeout_s = -1 };

static bool
satisfied(const struct tasks *tasks, bool any)
{
	size_t i, ended = 0;

	for (i = 0; i < tasks->n; i++)
		ended += status_ended(&tasks->info[i]);
	return ended == tasks->n || (any && ended > 0);
}

/* Seconds for the next call; 0: the time is over. */
static int64_t
next_wait(int64_t deadline)
{
	int64_t left;

	if (deadline == -1)
		return TASKS_WAIT_S;
	left = (deadline - time_mono_ms() + 999) / 1000;
	return left < 0 ? 0 : left < TASKS_WAIT_S ? left : TASKS_WAIT_S;
}

/*
 * The first look does not wait: the daemon's "any" means one that nobody
 * has seen, ours any that has ended.  1: the time is over.
 */
static int
wait_for(struct rpc *rpc, const struct wait_options *o, char *const *ids,
    struct tasks *tasks, struct error *err)
{
	struct tasks_query query = { .any = o->any,
		.result_chars = o->json ? TASKS_RESULT_CHARS : 0 };
	int64_t deadline = o->timeout_s == -1 ?
	    -1 :
	    time_mono_ms() + o->timeout_s * 1000;

	for (;;) {
		tasks_clear(tasks);
		if (tasks_check(rpc, ids, &query, tasks, err) != 0)
			return -1;
		if (satisfied(tasks, o->any))
			return 0;
		query.wait_s = next_wait(deadline);
		if (query.wait_s == 0)
			return 1;
	}
}

static int
print(struct rpc *rpc, const struct tasks *tasks, char *const *ids, bool json)
{
	struct error err;
	char *text;

	if (json) {
		tasks_print_json(tasks);
		return 0;
	}
	text = tasks_describe(rpc, ids, &err);
	if (text == NULL)
		return say_failed(&err);
	puts(text);
	free(text);
	return 0;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct wait_options *o = options;
	struct tasks tasks = { 0 };
	struct error err;
	int status, over = wait_for(rpc, o, words, &tasks, &err);

	if (over == -1)
		status = say_failed(&err);
	else
		status = print(rpc, &tasks, words, o->json);
	if (status == 0)
		status = over == 1 ? STATUS_TIMEOUT : status_of_all(&tasks);
	tasks_clear(&tasks);
	return status;
}

const struct verb wait_verb = {
	.name = "wait",
	.synopsis = "[OPTION ...] ID ...",
	.summary = "Wait for tasks to end; the exit status is theirs",
	.details = "\nOf several tasks the first exit status that is not 0, in "
	    "the order given.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct wait_options),
	.words = "ID",
	.min_words = 1,
	.run = run,
};
