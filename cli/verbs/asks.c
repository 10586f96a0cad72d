/*
 * ccproc asks: what agents want to do and may not without an answer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/asking.h"
#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/table.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"

struct asks_options {
	struct select select;
	bool json;
	bool plain;
};

static const struct option_row rows[] = {
	SELECT_OPTIONS(struct asks_options, select),
	OPTION_FLAG(struct asks_options, plain, .name = "plain",
	    .help = "for scripts: tabulators, no titles"),
	OPTION_FLAG(struct asks_options, json, .letter = 'j', .name = "json",
	    .help = "print the tasks that ask as JSON"),
	END_OF_OPTIONS,
};

static const struct asks_options defaults = { .json = false };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb asks_verb = {
	.name = "asks",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "List what agents ask to be allowed",
	.details = "\nWith ids all of what is asked.  Answer with ccproc "
		   "answer.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct asks_options),
	.words = "ID",
	.check = check,
	.run = run,
};

static const struct table_column columns[] = {
	{ .title = "ID" },
	{ .title = "NAME", .max = 40, .flexible = true },
	{ .title = "QUESTION" },
	{ .title = "AGE" },
	{ .title = "DENIED IN" },
	{ .title = "ALLOW", .flexible = true },
	{ .title = NULL },
};

/* From now to then, or back; "-" when there is no such time. */
static void
add_span(struct table *table, const char *time, int sign)
{
	int64_t at = time == NULL ? 0 : time_parse_iso(time);
	char text[TIMEFMT_SIZE];

	table_cell(table,
	    at == 0 ? NULL : timefmt_span(sign * (at - time_wall_ms()), text));
}

static void
add_row(struct table *table, const struct task_info *task,
    const struct ask_info *ask)
{
	table_row(table, 0);
	table_cell(table, task->id);
	table_cell(table, task->name != NULL ? task->name : task->label);
	table_cell(table, ask->request_id);
	add_span(table, ask->asked_at, -1);
	add_span(table, ask->expires_at, 1);
	table_cell(table, ask->question);
}

static void
print_table(const struct tasks *tasks, bool plain)
{
	struct table *table = table_new(columns);
	const struct ask_info *asks;
	size_t i, k, n = 0;

	for (i = 0; i < tasks->n; i++) {
		asks = tasks->info[i].asks.items;
		for (k = 0; k < tasks->info[i].asks.n; k++, n++)
			add_row(table, &tasks->info[i], &asks[k]);
	}
	if (n > 0 && plain)
		table_print_plain(table);
	else if (n > 0)
		table_print(table, NULL);
	else if (isatty(STDOUT_FILENO))
		say("no task asks anything");
	table_free(table);
}

static void
print_whole(const struct task_info *task, const struct ask_info *ask)
{
	struct buf out = { 0 };

	asking_whole(task, ask, &out);
	buf_puts(&out, "\n");
	asking_how(task, ask, &out);
	text_print(stdout, out.data);
	buf_clear(&out);
}

static void
print_all(const struct tasks *tasks)
{
	const struct ask_info *asks;
	size_t i, k;

	for (i = 0; i < tasks->n; i++) {
		asks = tasks->info[i].asks.items;
		for (k = 0; k < tasks->info[i].asks.n; k++)
			print_whole(&tasks->info[i], &asks[k]);
		if (tasks->info[i].asks.n == 0)
			say("%s asks nothing", tasks->info[i].id);
	}
}

/* Tasks that are named are read again, since a list shortens questions. */
static int
collect(struct rpc *rpc, const struct select *select, char *const *words,
    struct tasks *tasks, struct error *err)
{
	static const char *const asking[] = { "needs_input", NULL };
	struct tasks_filter filter = { .active = true,
		.states = asking,
		.limit = -1 };

	return words[0] == NULL ?
	    select_list(rpc, select, &filter, tasks, err) :
	    select_whole(rpc, select, words, tasks, err);
}

static int
check(const void *options, char *const *words, struct error *err)
{
	return select_check(&((const struct asks_options *)options)->select,
	    words, err);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct asks_options *o = options;
	struct tasks tasks = { 0 };
	struct error err;
	int status = 0;

	if (collect(rpc, &o->select, words, &tasks, &err) != 0)
		status = say_failed(&err);
	else if (o->json) {
		tasks_keep_asking(&tasks);
		tasks_print_json(&tasks);
	} else if (words[0] != NULL)
		print_all(&tasks);
	else
		print_table(&tasks, o->plain);
	tasks_clear(&tasks);
	return status;
}
