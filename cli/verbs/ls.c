/*
 * ccproc ls: list tasks.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/columns.h"
#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/table.h"
#include "cli/tasks.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"

struct ls_options {
	struct select select;
	const char *tree;
	int64_t limit; /* of tasks that have ended */
	bool json;
	bool plain;
	const char *color;
	const char *columns;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct ls_options, select.all, .letter = 'a', .name = "all",
	    .help = "all that have ended, and the whole queue"),
	SELECT_FILTERS(struct ls_options, select),
	OPTION_TEXT(struct ls_options, tree, .name = "tree", .value = "ID",
	    .help = "only that task and all it has started"),
	OPTION_NUMBER(struct ls_options, limit, .letter = 'n', .name = "limit",
	    .value = "N", .max = 1000000,
	    .help = "so many that have ended; default 20"),
	OPTION_TEXT(struct ls_options, columns, .name = "columns",
	    .value = "LIST", .help = "these, such as id,state,last"),
	OPTION_TEXT(struct ls_options, color, .name = "color", .value = "WHEN",
	    .help = TERMINAL_COLOURS),
	OPTION_FLAG(struct ls_options, plain, .name = "plain",
	    .help = "for scripts: tabulators, no titles"),
	OPTION_FLAG(struct ls_options, json, .letter = 'j', .name = "json",
	    .help = "print everything as JSON"),
	END_OF_OPTIONS,
};

static const struct ls_options defaults = { .limit = 20 };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb ls_verb = {
	.name = "ls",
	.synopsis = "[OPTION ...]",
	.summary = "List the tasks that go on and the last ones that ended",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct ls_options),
	.check = check,
	.run = run,
};

/* How many of the queue are shown, those that start first. */
#define QUEUE_SHOWN 10

/* What people look for first comes first. */
enum rank { NEEDS_INPUT, RUNNING, QUEUED, FAILED, COMPLETED, OTHERS, RANKS };

static enum rank
rank_of(const struct task_info *task)
{
	static const char *const states[] = { "needs_input", "running",
		"queued" };
	size_t i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (strcmp(task->state, states[i]) == 0)
			return (enum rank)i;
	if (strcmp(task->state, "completed") == 0)
		return COMPLETED;
	return strcmp(task->state, "cancelled") == 0 ? OTHERS : FAILED;
}

/* "1 needs input, 16 running, 480 queued, 3 failed" */
static void
add_counts(const size_t *counts, struct buf *out)
{
	static const char *const words[] = { "needs input", "running", "queued",
		"failed", "completed", "cancelled" };
	size_t i;

	for (i = 0; i < RANKS; i++)
		if (counts[i] > 0)
			buf_printf(out, "%s%zu %s", out->len == 0 ? "" : ", ",
			    counts[i],
			    i == NEEDS_INPUT && counts[i] > 1 ? "need input" :
								words[i]);
}

static void
add_costs(const struct tasks *tasks, struct buf *out)
{
	double shown = 0;
	size_t i;

	for (i = 0; i < tasks->n; i++)
		if (tasks->info[i].cost_usd > 0)
			shown += tasks->info[i].cost_usd;
	if (shown > 0 || tasks->cost_today_usd > 0)
		buf_printf(out, "%scost: $%.2f of these, $%.2f today (UTC)",
		    out->len == 0 ? "" : " \xc2\xb7 ", shown,
		    tasks->cost_today_usd);
}

static void
print_totals(const struct tasks *tasks, const size_t *counts)
{
	struct buf line = { 0 };

	add_counts(counts, &line);
	add_costs(tasks, &line);
	if (line.len > 0)
		text_print(stdout, line.data);
	buf_clear(&line);
}

/* The rows of a rank, or, from FAILED on, of all that have ended. */
static void
add_rows(const struct columns *columns, const struct tasks *tasks,
    enum rank wanted, size_t most, bool backwards, struct table *table)
{
	const struct task_info *task;
	enum rank rank;
	size_t i, n = 0;

	for (i = 0; i < tasks->n && n < most; i++) {
		/* newest first, but the queue, which the oldest leaves first */
		task = &tasks->info[backwards ? tasks->n - 1 - i : i];
		rank = rank_of(task);
		if ((rank < FAILED ? rank : FAILED) != wanted)
			continue;
		columns_add(columns, task, table);
		n++;
	}
}

/* Those of the queue that are not shown are counted. */
static void
fill(const struct ls_options *o, const struct columns *columns,
    const struct tasks *tasks, const size_t *counts, bool whole,
    struct table *table)
{
	bool fold = !o->select.all && !o->plain &&
	    counts[QUEUED] > QUEUE_SHOWN + 1;
	char *note;

	add_rows(columns, tasks, NEEDS_INPUT, SIZE_MAX, false, table);
	add_rows(columns, tasks, RUNNING, SIZE_MAX, false, table);
	add_rows(columns, tasks, QUEUED, fold ? QUEUE_SHOWN : SIZE_MAX, whole,
	    table);
	if (fold) {
		note = xasprintf("\xe2\x80\xa6 %zu more queued; -a shows all",
		    counts[QUEUED] - QUEUE_SHOWN);
		table_note(table, note);
		free(note);
	}
	add_rows(columns, tasks, FAILED, SIZE_MAX, false, table);
}

static void
print(const struct ls_options *o, const struct columns *columns,
    const struct tasks *tasks, size_t queued, bool whole)
{
	struct table *table = table_new(columns->titles);
	size_t i, counts[RANKS] = { 0 };

	for (i = 0; i < tasks->n; i++)
		counts[rank_of(&tasks->info[i])]++;
	if (queued > counts[QUEUED])
		counts[QUEUED] = queued;
	fill(o, columns, tasks, counts, whole, table);
	if (o->plain)
		table_print_plain(table);
	else if (tasks->n > 0) {
		table_print(table, o->color);
		print_totals(tasks, counts);
	} else if (isatty(STDOUT_FILENO))
		say("there are no such tasks");
	table_free(table);
}

/*
 * First those that go on, then those that have ended.  Of the queue no more is
 * asked for than is shown, where the daemon can tell how long it is.
 */
static int
collect(struct rpc *rpc, const struct ls_options *o, bool whole,
    struct tasks *tasks, size_t *queued, struct error *err)
{
	static const char *const working[] = { "needs_input", "running", NULL };
	static const char *const waiting[] = { "queued", NULL };
	struct tasks_filter filter = { .active = true,
		.states = working,
		.tree = o->tree,
		.limit = -1 };

	if (select_list(rpc, &o->select, &filter, tasks, err) != 0)
		return -1;
	tasks->matched = 0;
	filter.states = waiting;
	filter.queue = !whole;
	filter.limit = whole ? -1 : QUEUE_SHOWN + 1;
	if (select_list(rpc, &o->select, &filter, tasks, err) != 0)
		return -1;
	*queued = tasks->matched > 0 ? (size_t)tasks->matched : 0;
	filter = (struct tasks_filter){ .tree = o->tree,
		.limit = o->select.all ? -1 : o->limit };
	return select_list(rpc, &o->select, &filter, tasks, err);
}

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct ls_options *o = options;
	struct columns columns = { .n = 0 };

	if (columns_choose(o->columns, o->plain, &columns, err) != 0 ||
	    terminal_check_colours(o->color, err) != 0)
		return -1;
	return select_check(&o->select, words, err);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct ls_options *o = options;
	bool whole = o->select.all || o->plain || o->json || !rpc_selects(rpc);
	struct columns columns = { .n = 0 };
	struct tasks tasks = { 0 };
	struct error err;
	size_t queued = 0;
	int status = 0;

	(void)words;
	if (columns_choose(o->columns, o->plain, &columns, &err) != 0 ||
	    collect(rpc, o, whole, &tasks, &queued, &err) != 0)
		status = say_failed(&err);
	else if (o->json)
		tasks_print_json(&tasks);
	else
		print(o, &columns, &tasks, queued, whole);
	if (tasks.unread != NULL)
		say("%s", tasks.unread);
	tasks_clear(&tasks);
	return status;
}
