/*
 * ccproc stats: how many tasks, for how long, at what cost.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/status.h"
#include "cli/table.h"
#include "cli/tasks.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "json/json.h"

struct stats_options {
	struct select select;
	const char *by;
	const char *color;
	bool plain;
	bool json;
};

static const struct option_row rows[] = {
	OPTION_TEXT(struct stats_options, by, .name = "by", .value = "WHAT",
	    .help = "day, group, cwd, kind or model; default day"),
	SELECT_OPTIONS(struct stats_options, select),
	OPTION_TEXT(struct stats_options, color, .name = "color",
	    .value = "WHEN", .help = TERMINAL_COLOURS),
	OPTION_FLAG(struct stats_options, plain, .name = "plain",
	    .help = "for scripts: tabulators, no titles"),
	OPTION_FLAG(struct stats_options, json, .letter = 'j', .name = "json",
	    .help = "print the numbers as JSON"),
	END_OF_OPTIONS,
};

static const struct stats_options defaults = { .by = "day" };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb stats_verb = {
	.name = "stats",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "Tell how many tasks there were, how long, at what cost",
	.details = "With neither ids nor options that select: of all tasks "
		   "that are kept.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct stats_options),
	.words = "ids",
	.check = check,
	.run = run,
};

/* What tasks with the same key come to. */
struct sum {
	char *key; /* NULL: they have none */
	int64_t tasks, completed, failed, cancelled;
	double work_s, cost_usd;
};

struct sums {
	struct sum *of;
	size_t n;
};

static char *
day_of(const struct task_info *task)
{
	time_t t = (time_t)(time_parse_iso(task->created_at) / 1000);
	char text[32];
	struct tm tm;

	if (localtime_r(&t, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%d", &tm) == 0)
		return NULL;
	return xstrdup(text);
}

static char *
group_of(const struct task_info *task)
{
	return xstrdup(task->group_name != NULL ? task->group_name :
						  task->group);
}

static char *
cwd_of(const struct task_info *task)
{
	return xstrdup(task->cwd);
}

static char *
kind_of(const struct task_info *task)
{
	return xstrdup(task->kind);
}

static char *
model_of(const struct task_info *task)
{
	return xstrdup(task->model);
}

static const struct key {
	const char *name, *title;
	char *(*of)(const struct task_info *task);
} keys[] = {
	{ "day", "DAY", day_of },
	{ "group", "GROUP", group_of },
	{ "cwd", "CWD", cwd_of },
	{ "kind", "KIND", kind_of },
	{ "model", "MODEL", model_of },
	{ NULL, NULL, NULL },
};

static const struct key *
key_of(const char *name)
{
	const struct key *key = keys;

	while (key->name != NULL && strcmp(key->name, name) != 0)
		key++;
	return key->name == NULL ? NULL : key;
}

static bool
is_same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
add(struct sum *sum, const struct task_info *task)
{
	sum->tasks++;
	if (strcmp(task->state, "completed") == 0)
		sum->completed++;
	else if (strcmp(task->state, "cancelled") == 0)
		sum->cancelled++;
	else if (status_failed(task->state))
		sum->failed++;
	if (task->started_at != NULL)
		sum->work_s += task->elapsed_s;
	if (task->cost_usd > 0)
		sum->cost_usd += task->cost_usd;
}

/* By key; those without one last. */
static int
compare(const void *a, const void *b)
{
	const struct sum *x = a, *y = b;

	if (x->key == NULL || y->key == NULL)
		return (x->key == NULL) - (y->key == NULL);
	return strcmp(x->key, y->key);
}

/* Of tasks by their keys, in order; the last one is that of all. */
static struct sums
sum_up(const struct tasks *tasks, const struct key *key)
{
	struct sum *each = xcalloc(tasks->n, sizeof(*each));
	struct sums sums = { xcalloc(tasks->n + 1, sizeof(*sums.of)), 0 };
	struct sum *all;
	size_t i;

	for (i = 0; i < tasks->n; i++) {
		each[i].key = key->of(&tasks->info[i]);
		each[i].tasks = (int64_t)i; /* where it is, until then */
	}
	qsort(each, tasks->n, sizeof(*each), compare);
	for (i = 0; i < tasks->n; i++) {
		if (sums.n > 0 && is_same(sums.of[sums.n - 1].key, each[i].key))
			free(each[i].key);
		else
			sums.of[sums.n++].key = each[i].key;
		add(&sums.of[sums.n - 1], &tasks->info[each[i].tasks]);
	}
	free(each);
	all = &sums.of[sums.n];
	for (i = 0; i < tasks->n; i++)
		add(all, &tasks->info[i]);
	return sums;
}

static void
sums_free(struct sums *sums)
{
	size_t i;

	for (i = 0; i < sums->n; i++)
		free(sums->of[i].key);
	free(sums->of);
}

static void
add_count(struct table *table, int64_t n)
{
	char text[24];

	snprintf(text, sizeof(text), "%lld", (long long)n);
	table_cell(table, n > 0 ? text : NULL);
}

static void
add_row(struct table *table, const struct sum *sum, const char *key)
{
	char text[TIMEFMT_SIZE];

	table_row(table, 0);
	table_cell(table, key);
	add_count(table, sum->tasks);
	add_count(table, sum->completed);
	add_count(table, sum->failed);
	add_count(table, sum->cancelled);
	table_cell(table, timefmt_span((int64_t)(sum->work_s * 1000), text));
	snprintf(text, sizeof(text), "$%.2f", sum->cost_usd);
	table_cell(table, sum->cost_usd > 0 ? text : NULL);
}

static void
print_table(const struct stats_options *o, const struct sums *sums)
{
	const struct table_column columns[] = {
		{ .title = key_of(o->by)->title,
		    .keep_end = true,
		    .flexible = true },
		{ .title = "TASKS" },
		{ .title = "COMPLETED" },
		{ .title = "FAILED" },
		{ .title = "CANCELLED", .optional = true },
		{ .title = "WORK" },
		{ .title = "COST", .optional = true },
		{ .title = NULL },
	};
	struct table *table = table_new(columns);
	size_t i;

	for (i = 0; i < sums->n; i++)
		add_row(table, &sums->of[i], sums->of[i].key);
	if (o->plain)
		table_print_plain(table);
	else {
		if (sums->n > 1)
			add_row(table, &sums->of[sums->n], "all");
		table_print(table, o->color);
	}
	table_free(table);
}

static void
print_json(const struct sums *sums)
{
	struct json_object *list = json_object_new_array(), *row;
	const struct sum *sum;
	size_t i;

	for (i = 0; i < sums->n; i++) {
		sum = &sums->of[i];
		row = json_object_new_object();
		json_add_string(row, "key", sum->key);
		json_add_int(row, "tasks", sum->tasks);
		json_add_int(row, "completed", sum->completed);
		json_add_int(row, "failed", sum->failed);
		json_add_int(row, "cancelled", sum->cancelled);
		json_add_number(row, "work_s", sum->work_s);
		json_add_number(row, "cost_usd", sum->cost_usd);
		json_object_array_add(list, row);
	}
	text_print_json(list);
	json_object_put(list);
}

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct stats_options *o = options;

	if (key_of(o->by) == NULL) {
		fail(err, ERR_INVALID,
		    "--by: expected day, group, cwd, kind or model, got '%.40s'",
		    o->by);
		return -1;
	}
	return terminal_check_colours(o->color, err) != 0 ?
	    -1 :
	    select_check(&o->select, words, err);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	struct stats_options o = *(const struct stats_options *)options;
	struct tasks tasks = { 0 };
	struct sums sums;
	struct error err;
	char **ids;
	int status = 0;

	o.select.all = words[0] == NULL;
	ids = select_tasks(rpc, &o.select, words, SELECT_ANY, &tasks, &err);
	if (ids == NULL)
		status = say_failed(&err);
	else if (tasks.n == 0 && !o.json)
		status = say_none();
	else {
		sums = sum_up(&tasks, key_of(o.by));
		if (o.json)
			print_json(&sums);
		else
			print_table(&o, &sums);
		sums_free(&sums);
	}
	strv_free(ids);
	tasks_clear(&tasks);
	return status;
}
