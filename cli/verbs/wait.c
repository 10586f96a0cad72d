/*
 * ccproc wait: wait for tasks to end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/asking.h"
#include "cli/options.h"
#include "cli/ring.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/status.h"
#include "cli/tail.h"
#include "cli/tasks.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/monotime.h"
#include "common/timefmt.h"

/* As pages, half of the calls that a session may have open. */
#define ANY_MAX (CLIENT_MAX_CALLS / 2 * TASKS_MAX_PER_CALL)

struct wait_options {
	struct select select;
	bool any;
	int64_t timeout_ms; /* -1: none */
	bool json;
};

static const struct option_row rows[] = {
	SELECT_OPTIONS(struct wait_options, select),
	OPTION_FLAG(struct wait_options, any, .name = "any",
	    .help = "for the first one to end, not for all"),
	OPTION_MS(struct wait_options, timeout_ms, .letter = 't',
	    .name = "timeout", .value = "DURATION", .max = 31536000,
	    .help = "then exit with status 124"),
	OPTION_FLAG(struct wait_options, json, .letter = 'j', .name = "json",
	    .help = "print the tasks as JSON"),
	END_OF_OPTIONS,
};

static const struct wait_options defaults = { .timeout_ms = -1 };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb wait_verb = {
	.name = "wait",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "Wait for tasks to end; the exit status is theirs",
	.details = "\nOf several tasks the first exit status that is not 0, in "
		   "the order given.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct wait_options),
	.words = "ID",
	.check = check,
	.run = run,
};

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

static void
say_asks(struct asking *asking, const struct tasks *tasks)
{
	size_t i;

	for (i = 0; i < tasks->n; i++)
		asking_say(asking, &tasks->info[i]);
}

/* 1: it tells of a task that has ended; 0: of one that goes on. */
static int
take_reply(struct asking *asking, struct rpc_reply *reply, struct error *err)
{
	struct tasks tasks = { 0 };
	int result = -1;

	if (reply->failed)
		fail(err, ERR_NOT_FOUND, "%s", reply->text);
	else if (tasks_read(reply->text, &tasks, err) == 0) {
		say_asks(asking, &tasks);
		result = satisfied(&tasks, true);
	}
	free(reply->text);
	tasks_clear(&tasks);
	return result;
}

/* Waiting for the first of several. */
struct any {
	struct rpc *rpc;
	struct asking *asking;
	char *const *ids;
	size_t n, per; /* tasks, and how many are in a call */
	int64_t *calls;
	int64_t deadline;
};

static int
send_check(struct any *any, size_t call, int64_t wait_s, struct error *err)
{
	const struct tasks_query query = { .wait_s = wait_s };
	size_t first = call * any->per, left = any->n - first;

	any->calls[call] = tasks_send_check_any(any->rpc, any->ids + first,
	    left < any->per ? left : any->per, &query, err);
	return any->calls[call] == -1 ? -1 : 0;
}

/*
 * Takes a reply to one of n calls, and calls again while there is time, as one
 * that only asks something has not ended.  1: one has ended; 0: none yet; 2:
 * none of this call will in time.
 */
static int
hear(struct any *any, size_t n, struct error *err)
{
	struct rpc_reply reply;
	int64_t wait_s;
	int result;
	size_t i;

	if (rpc_next(any->rpc, &reply, err) != 0)
		return -1;
	for (i = 0; i < n && any->calls[i] != reply.id; i++)
		continue;
	result = take_reply(any->asking, &reply, err);
	if (result != 0 || i == n)
		return result;
	wait_s = next_wait(any->deadline);
	return wait_s == 0 ? 2 : send_check(any, i, wait_s, err);
}

/* Whether one has ended that somebody else saw end before we had called. */
static int
has_ended(struct any *any, struct error *err)
{
	const struct tasks_query query = { .glance = true };
	struct tasks tasks = { 0 };
	int result = tasks_check(any->rpc, any->ids, &query, &tasks, err);

	if (result == 0)
		result = satisfied(&tasks, true);
	tasks_clear(&tasks);
	return result;
}

/*
 * The daemon's own "any" passes over what somebody else has seen end before; so
 * there is a call for each task, or, of more than can be open at once, for each
 * page of them, and a look after these.  1: one has ended; 0: none has.
 */
static int
wait_for_one(struct any *any, struct error *err)
{
	size_t i, n = (any->n + any->per - 1) / any->per, open = n;
	int result = 0;

	any->calls = xcalloc(n + 1, sizeof(*any->calls));
	for (i = 0; i < n && result == 0; i++)
		result = send_check(any, i, next_wait(any->deadline), err);
	if (result == 0 && any->per > 1)
		result = has_ended(any, err);
	while (open > 0 && result == 0) {
		result = hear(any, n, err);
		if (result == 2) {
			open--;
			result = 0;
		}
	}
	free(any->calls);
	return result;
}

/* 0: what was waited for has come; 1: the time is over. */
static int
wait_for(struct rpc *rpc, const struct wait_options *o, struct asking *asking,
    char *const *ids, struct tasks *tasks, struct error *err)
{
	struct tasks_query query = {
		.result_chars = o->json ? TASKS_RESULT_CHARS : 0,
	};
	int64_t deadline = o->timeout_ms == -1 ? -1 :
						 time_mono_ms() + o->timeout_ms;
	struct any any = { .rpc = rpc,
		.asking = asking,
		.ids = ids,
		.n = tasks->n,
		.per = tasks->n > TASKS_MAX_PER_CALL ? TASKS_MAX_PER_CALL : 1,
		.deadline = deadline };

	for (; !satisfied(tasks, o->any); say_asks(asking, tasks)) {
		query.wait_s = next_wait(deadline);
		if (query.wait_s == 0)
			return 1;
		if (o->any) {
			if (wait_for_one(&any, err) == -1)
				return -1;
			query.wait_s = 0;
		}
		tasks_clear(tasks);
		if (tasks_check(rpc, ids, &query, tasks, err) != 0)
			return -1;
	}
	return 0;
}

/* Their calls must stay within what a session may have open. */
static int
check_any(const struct wait_options *o, const struct tasks *tasks,
    struct error *err)
{
	if (!o->any || tasks->n <= ANY_MAX)
		return 0;
	fail(err, ERR_LIMIT, "--any takes at most %d tasks, got %zu", ANY_MAX,
	    tasks->n);
	return -1;
}

/* A person need not ask for the last words of what failed. */
static void
print_why(const struct tasks *tasks)
{
	const struct task_info *task;
	size_t i;

	for (i = 0; i < tasks->n && isatty(STDOUT_FILENO); i++) {
		task = &tasks->info[i];
		if (!status_ended(task) || status_of(task) == 0)
			continue;
		if (tasks->n > 1)
			printf("%s:\n", task->id);
		(void)tail_print_why(task, "  ");
	}
}

static int
wait_and_print(struct rpc *rpc, const struct wait_options *o, char *const *ids,
    struct tasks *tasks)
{
	struct asking asking = { 0 };
	int64_t began = monotime_ms();
	struct error err;
	int status, over = -1;

	rpc_prints(rpc);
	say_asks(&asking, tasks);
	if (check_any(o, tasks, &err) == 0)
		over = wait_for(rpc, o, &asking, ids, tasks, &err);
	asking_clear(&asking);
	if (over == -1)
		return say_failed(&err);
	if (over == 0)
		ring_ended(began, tasks->n == 1 ? &tasks->info[0] : NULL);
	status = say_tasks(rpc, tasks, ids, o->json);
	if (!o->json)
		print_why(tasks);
	if (status == 0)
		status = over == 1 ? STATUS_TIMEOUT : status_of_all(tasks);
	return status;
}

static int
check(const void *options, char *const *words, struct error *err)
{
	return select_check_some(
	    &((const struct wait_options *)options)->select, words, err);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct wait_options *o = options;
	struct tasks tasks = { 0 };
	struct error err;
	char **ids;
	int status;

	ids = select_tasks(rpc, &o->select, words, SELECT_LIVE, &tasks, &err);
	if (ids == NULL)
		return say_failed(&err);
	status = tasks.n == 0 ? say_none() :
				wait_and_print(rpc, o, ids, &tasks);
	strv_free(ids);
	tasks_clear(&tasks);
	return status;
}
