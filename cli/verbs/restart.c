/*
 * ccproc restart: tasks once more, as new tasks.  Without an id it is the
 * daemon that is restarted, as earlier programs tell people to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/again.h"
#include "cli/daemon.h"
#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/start.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"
#include "json/json.h"

struct restart_options {
	struct select select;
	bool edit;
	bool json;
};

static const struct option_row rows[] = {
	SELECT_OPTIONS(struct restart_options, select),
	OPTION_FLAG(struct restart_options, edit, .letter = 'e', .name = "edit",
	    .help = "change it in $EDITOR first"),
	OPTION_FLAG(struct restart_options, json, .letter = 'j', .name = "json",
	    .help = "print the new tasks as JSON"),
	END_OF_OPTIONS,
};

static const struct restart_options defaults = { .edit = false };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb restart_verb = {
	.name = "restart",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "Start tasks that have ended again, as new tasks",
	.details =
	    "\nThey are what they were asked to be, with the environment of this "
	    "command, and\nwhat they were given to read.  Without an ID it is "
	    "`ccproc daemon restart'.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct restart_options),
	.words = "ID",
	.alone = true,
	.check = check,
	.run = run,
};

/* The old tasks and, at the same places, the ids of the new ones. */
struct again {
	struct rpc *rpc;
	const struct restart_options *options;
	struct tasks old;
	char **ids;
};

/*
 * --failed is seen to here, beside words, too, as it includes what was
 * cancelled since another one had failed.
 */
static struct select
without_failed(const struct select *select)
{
	struct select others = *select;

	others.failed = false;
	return others;
}

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct restart_options *o = options;
	struct select others = without_failed(&o->select);

	if (o->edit &&
	    (words[0] == NULL || words[1] != NULL ||
		select_is_used(&o->select)))
		fail(err, ERR_INVALID,
		    "--edit is for one task: expected an ID");
	else if (o->json && words[0] == NULL && !select_is_used(&o->select))
		fail(err, ERR_INVALID, "expected ID, or what selects tasks");
	else
		return select_check(&others, words, err);
	return -1;
}

static bool
did_fail(const struct task_info *task)
{
	return status_ended(task) && strcmp(task->state, "completed") != 0 &&
	    (strcmp(task->state, "cancelled") != 0 ||
		(task->reason != NULL &&
		    strcmp(task->reason, "dependency") == 0));
}

static int
by_number(const void *a, const void *b)
{
	const struct task_info *x = a, *y = b;
	long long i = strtoll(x->id + 1, NULL, 10);
	long long j = strtoll(y->id + 1, NULL, 10);

	return i < j ? -1 : i > j;
}

/* What is left stands first; the others stay behind, to be freed. */
static size_t
choose(struct tasks *tasks, bool failed)
{
	struct task_info skipped;
	size_t i, n = 0;

	for (i = 0; i < tasks->n; i++)
		if (!failed || did_fail(&tasks->info[i])) {
			skipped = tasks->info[n];
			tasks->info[n++] = tasks->info[i];
			tasks->info[i] = skipped;
		}
	qsort(tasks->info, n, sizeof(*tasks->info), by_number);
	return n;
}

static int
check_ended(const struct tasks *tasks, size_t n, struct error *err)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!status_ended(&tasks->info[i])) {
			fail(err, ERR_BUSY,
			    "%s is %s; expected tasks that have ended, so "
			    "nothing was started; ccproc stop %s ends it",
			    tasks->info[i].id, tasks->info[i].state,
			    tasks->info[i].id);
			return -1;
		}
	return 0;
}

static bool
are_of_one_group(const struct tasks *tasks, size_t n)
{
	const char *group = tasks->info[0].group;
	size_t i;

	for (i = 0; group != NULL && i < n; i++)
		if (tasks->info[i].group == NULL ||
		    strcmp(tasks->info[i].group, group) != 0)
			return false;
	return group != NULL;
}

static size_t
find(const struct tasks *tasks, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n && strcmp(tasks->info[i].id, id) != 0; i++)
		continue;
	return i;
}

/*
 * It waits for those that are started with it, by their new ids, or by their
 * labels where they have none yet.
 */
static void
add_after(struct again *a, size_t n, size_t at, struct json_object *args,
    char *const *labels)
{
	char **old = again_after(&a->old.info[at]), **after = NULL;
	size_t i, place;

	for (i = 0; old != NULL && old[i] != NULL; i++) {
		place = find(&a->old, n, old[i]);
		if (place < n && (labels != NULL || place < at))
			after = strv_add(after,
			    labels != NULL ? labels[place] : a->ids[place]);
	}
	if (after != NULL)
		json_add_strv(args, "after", after);
	strv_free(after);
	strv_free(old);
}

static struct json_object *
request(struct again *a, size_t at, struct error *err)
{
	struct json_object *args = again_request(&a->old.info[at], err);

	if (args != NULL && a->options->edit)
		args = again_edit(args, err);
	if (args != NULL && again_add_stdin(&a->old.info[at], args, err) != 0) {
		json_object_put(args);
		return NULL;
	}
	return args;
}

/* Each by itself, so that those before it have new ids. */
static int
start_each(struct again *a, size_t n, struct error *err)
{
	struct json_object *args;
	char *line;
	size_t i;
	int status = 0;

	for (i = 0; i < n && status == 0; i++) {
		args = request(a, i, err);
		if (args == NULL)
			return STATUS_OURS;
		add_after(a, n, i, args, NULL);
		json_add_int(args, "wait_s", 0);
		line = NULL;
		status = start_tasks(a->rpc, args, &a->ids, &line, err);
		free(line);
	}
	return status;
}

/* The labels that they have, or get: inside of a call they are ids. */
static char **
labels_of(const struct tasks *tasks, size_t n)
{
	char **labels = NULL, *label;
	size_t i;

	for (i = 0; i < n; i++) {
		label = tasks->info[i].label != NULL ?
		    xstrdup(tasks->info[i].label) :
		    xasprintf("%s-again", tasks->info[i].id);
		labels = strv_add(labels, label);
		free(label);
	}
	return labels;
}

/* As one group again, with its limits. */
static int
start_as_group(struct again *a, size_t n, struct error *err)
{
	struct json_object *group = again_group(&a->old.info[0]), *args;
	struct json_object *tasks = json_object_new_array();
	char **labels = labels_of(&a->old, n), *line = NULL;
	int status = 0;
	size_t i;

	json_add(group, "tasks", tasks);
	for (i = 0; status == 0 && i < n; i++) {
		args = request(a, i, err);
		if (args == NULL) {
			status = STATUS_OURS;
			break;
		}
		add_after(a, n, i, args, labels);
		if (n > 1)
			json_add_string(args, "label", labels[i]);
		json_object_array_add(tasks, args);
	}
	if (status == 0)
		status = start_tasks(a->rpc, group, &a->ids, &line, err);
	else
		json_object_put(group);
	free(line);
	strv_free(labels);
	return status;
}

static int
report(struct again *a, struct error *err)
{
	const struct tasks_query query = { .wait_s = 0 };
	struct tasks tasks = { 0 };
	size_t i;

	for (i = 0; !a->options->json && a->ids != NULL && a->ids[i] != NULL;
	     i++)
		puts(a->ids[i]);
	if (!a->options->json || a->ids == NULL)
		return 0;
	if (tasks_check(a->rpc, a->ids, &query, &tasks, err) != 0)
		return say_failed(err);
	tasks_print_json(&tasks);
	tasks_clear(&tasks);
	return 0;
}

/* Finds the tasks that are meant, and how many there are; -1 with err. */
static int
find_old(struct again *a, char *const *words, size_t *n, struct error *err)
{
	struct select select = without_failed(&a->options->select);
	bool failed = a->options->select.failed;
	char **ids;

	select.all |= failed && words[0] == NULL && !select_is_used(&select);
	ids = select_tasks(a->rpc, &select, words, SELECT_ENDED, &a->old, err);
	if (ids == NULL)
		return -1;
	strv_free(ids);
	*n = choose(&a->old, failed);
	return check_ended(&a->old, *n, err);
}

static int
start_again(struct again *a, char *const *words)
{
	struct error err;
	int status, reported;
	size_t n;

	if (find_old(a, words, &n, &err) != 0)
		return say_failed(&err);
	if (n == 0) {
		say("%s, so nothing was started",
		    a->options->select.failed ?
			"none of them has failed" :
			"no task that has ended is selected");
		return 0;
	}
	status = are_of_one_group(&a->old, n) ? start_as_group(a, n, &err) :
						start_each(a, n, &err);
	if (status != 0)
		say("%s", err.text);
	reported = report(a, &err);
	return status != 0 ? status : reported;
}

static int
restart_daemon(void)
{
	struct error err;

	say("without an ID this is ccproc daemon restart; ccproc restart ID "
	    "starts a task again");
	return daemon_restart(&err) == 0 ? 0 : say_failed(&err);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	struct again a = { .options = options };
	struct error err;
	int status;

	(void)rpc;
	if (words[0] == NULL && !select_is_used(&a.options->select))
		return restart_daemon();
	a.rpc = rpc_open(&err);
	status = a.rpc == NULL ? say_failed(&err) : start_again(&a, words);
	tasks_clear(&a.old);
	strv_free(a.ids);
	rpc_free(a.rpc);
	return status;
}
