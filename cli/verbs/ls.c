/*
 * ccproc ls: list tasks.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/path.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/table.h"
#include "cli/tasks.h"
#include "cli/verbs/verbs.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"

struct ls_options {
	bool all;
	bool mine;
	const char *cwd;
	const char *label;
	const char *tree;
	int64_t limit; /* of tasks that have ended */
	bool json;
};

static const struct option_row rows[] = {
	OPTION_FLAG(struct ls_options, all, .letter = 'a', .name = "all",
	    .help = "every task that has ended, not only the last ones"),
	OPTION_FLAG(struct ls_options, mine, .letter = 'm', .name = "mine",
	    .help = "only those of this Claude Code session"),
	OPTION_TEXT(struct ls_options, cwd, .letter = 'C', .name = "cwd",
	    .value = "DIR", .help = "only those that run there"),
	OPTION_TEXT(struct ls_options, label, .letter = 'l', .name = "label",
	    .value = "GLOB", .help = "only those with such a label"),
	OPTION_NUMBER(struct ls_options, limit, .letter = 'n', .name = "limit",
	    .value = "N", .max = 1000000,
	    .help = "so many that have ended; default 20"),
	OPTION_TEXT(struct ls_options, tree, .letter = 't', .name = "tree",
	    .value = "ID", .help = "only that task and all it has started"),
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

static const struct table_column columns[] = {
	{ .title = "ID" },
	{ .title = "LABEL", .max = 20 },
	{ .title = "STATE", .coloured = true },
	{ .title = "AGE" },
	{ .title = "TOOK" },
	{ .title = "COST" },
	{ .title = "CWD", .max = 30, .keep_end = true },
	{ .title = "LAST" },
	{ .title = NULL },
};

static int
colour_of(const char *state)
{
	static const struct {
		const char *state;
		int colour;
	} colours[] = {
		{ "cancelled", 33 },
		{ "completed", 32 },
		{ "failed", 31 },
		{ "lost", 31 },
		{ "needs_input", 35 },
		{ "queued", 34 },
		{ "running", 36 },
		{ "timeout", 31 },
	};
	size_t i;

	for (i = 0; i < sizeof(colours) / sizeof(colours[0]); i++)
		if (strcmp(colours[i].state, state) == 0)
			return colours[i].colour;
	return 0;
}

/* "failed/3", "failed/SIGKILL", "failed/denied" */
static void
add_state(struct table *table, const struct task_info *task)
{
	char *text;

	if (task->reason == NULL)
		text = xstrdup(task->held ? "held" : task->state);
	else if (strcmp(task->reason, "exit_code") == 0)
		text = xasprintf("%s/%" PRId64, task->state, task->exit_code);
	else
		text = xasprintf("%s/%s", task->state,
		    strcmp(task->reason, "signal") == 0 &&
			    task->signal != NULL ?
			task->signal :
			task->reason);
	table_cell(table, text);
	free(text);
}

static void
add_times(struct table *table, const struct task_info *task)
{
	char text[TIMEFMT_SIZE];
	int64_t created = task->created_at == NULL ?
	    0 :
	    time_parse_iso(task->created_at);
	int64_t age = task->age_s > 0 ? (int64_t)(task->age_s * 1000) :
					time_wall_ms() - created;

	table_cell(table, created == 0 ? NULL : timefmt_span(age, text));
	table_cell(table,
	    task->started_at == NULL ?
		NULL :
		timefmt_span((int64_t)(task->elapsed_s * 1000), text));
}

static void
add_cost(struct table *table, const struct task_info *task)
{
	char text[32];

	snprintf(text, sizeof(text), "$%.2f", task->cost_usd);
	table_cell(table, task->cost_usd > 0 ? text : NULL);
}

/* The last line with something on it; of an agent that runs what it does. */
static void
add_last(struct table *table, const struct task_info *task)
{
	const char *said = task->activity != NULL ? task->activity :
	    task->last != NULL                    ? task->last :
						    task->result;
	char *text = xstrdup(said);
	char *line = NULL;
	size_t len = text == NULL ? 0 : strlen(text);

	while (len > 0 && (unsigned char)text[len - 1] <= ' ')
		text[--len] = '\0';
	if (text != NULL)
		line = strrchr(text, '\n');
	table_cell(table, line != NULL ? line + 1 : text);
	free(text);
}

/* For people: programs have the column. */
static void
print_costs(const struct tasks *tasks)
{
	double shown = 0;
	size_t i;

	for (i = 0; i < tasks->n; i++)
		if (tasks->info[i].cost_usd > 0)
			shown += tasks->info[i].cost_usd;
	if ((shown > 0 || tasks->cost_today_usd > 0) && isatty(STDOUT_FILENO))
		printf("cost: $%.2f of these, $%.2f today (UTC)\n", shown,
		    tasks->cost_today_usd);
}

static void
print(const struct tasks *tasks)
{
	struct table *table = table_new(columns);
	const struct task_info *task;
	size_t i;

	for (i = 0; i < tasks->n; i++) {
		task = &tasks->info[i];
		table_row(table, colour_of(task->state));
		table_cell(table, task->id);
		table_cell(table, task->label);
		add_state(table, task);
		add_times(table, task);
		add_cost(table, task);
		table_cell(table, task->cwd);
		add_last(table, task);
	}
	if (tasks->n > 0)
		table_print(table);
	else if (isatty(STDOUT_FILENO))
		say("there are no such tasks");
	table_free(table);
	print_costs(tasks);
}

/* First those that go on, then those that have ended. */
static int
collect(struct rpc *rpc, const struct ls_options *o, const char *cwd,
    struct tasks *tasks, struct error *err)
{
	struct tasks_filter filter = { .active = true,
		.mine = o->mine,
		.cwd = cwd,
		.label = o->label,
		.tree = o->tree,
		.limit = -1 };

	if (tasks_list(rpc, &filter, tasks, err) != 0)
		return -1;
	filter.active = false;
	filter.limit = o->all ? -1 : o->limit;
	return tasks_list(rpc, &filter, tasks, err);
}

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct ls_options *o = options;
	const char *session = getenv("CLAUDE_CODE_SESSION_ID");

	(void)words;
	if (!o->mine || (session != NULL && *session != '\0'))
		return 0;
	fail(err, ERR_INVALID,
	    "--mine: this shell belongs to no Claude Code session "
	    "(CLAUDE_CODE_SESSION_ID is not set); leave it out");
	return -1;
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct ls_options *o = options;
	struct tasks tasks = { 0 };
	struct error err;
	char *cwd = o->cwd == NULL ? NULL : path_absolute(o->cwd);
	int status = 0;

	(void)words;
	if (collect(rpc, o, cwd, &tasks, &err) != 0)
		status = say_failed(&err);
	else if (o->json)
		tasks_print_json(&tasks);
	else
		print(&tasks);
	if (tasks.unread != NULL)
		say("%s", tasks.unread);
	tasks_clear(&tasks);
	free(cwd);
	return status;
}
