/*
 * ccproc report: what became of tasks, in Markdown.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/options.h"
#include "cli/rpc.h"
#include "cli/say.h"
#include "cli/select.h"
#include "cli/status.h"
#include "cli/tail.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/verbs/verbs.h"
#include "cli/waited.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"

#define DAY_MS (24 * 3600 * INT64_C(1000))
/* Columns of a name, a folder, a question. */
#define CODE_WIDTH 100

struct report_options {
	struct select select;
};

static const struct option_row rows[] = {
	SELECT_OPTIONS(struct report_options, select),
	END_OF_OPTIONS,
};

static const struct report_options defaults = { .select = { .all = false } };

static int check(const void *options, char *const *words, struct error *err);
static int run(struct rpc *rpc, const void *options, char *const *words);

const struct verb report_verb = {
	.name = "report",
	.synopsis = "[OPTION ...] [ID ...]",
	.summary = "Tell in Markdown what became of tasks",
	.details = "ID may be a group.  With neither ids nor options: the last "
		   "24 hours.",
	.options = rows,
	.defaults = &defaults,
	.size = sizeof(struct report_options),
	.words = "ids",
	.check = check,
	.run = run,
};

/*
 * Adds text that somebody else wrote, as code: what Markdown and those who
 * show it would take for a link, a name or a tag is none there.  A bar is
 * escaped in a table.
 */
static void
add_code(struct buf *out, const char *text, bool in_table)
{
	char *clean = text_clean(text, false);
	char *cut = text_cut(clean, CODE_WIDTH, false), *at;
	size_t ticks = 0, run = 0, i;

	for (at = cut; *at != '\0'; at++) {
		run = *at == '`' ? run + 1 : 0;
		ticks = run > ticks ? run : ticks;
	}
	for (i = 0; i <= ticks; i++)
		buf_puts(out, "`");
	buf_puts(out, ticks > 0 ? " " : "");
	for (at = cut; *at != '\0'; at++)
		if (in_table && *at == '|' && at > cut && at[-1] == '\\')
			buf_puts(out, "\u00a6"); /* no escape is safe there */
		else
			buf_printf(out, "%s%c",
			    in_table && *at == '|' ? "\\" : "", *at);
	buf_puts(out, ticks > 0 ? " " : "");
	for (i = 0; i <= ticks; i++)
		buf_puts(out, "`");
	free(cut);
	free(clean);
}

/* Prints what a line has come to, and empties it. */
static void
print(struct buf *line)
{
	text_print(stdout, line->len == 0 ? "\n" : line->data);
	buf_clear(line);
}

static int64_t
ms_of(const char *iso)
{
	return iso == NULL ? 0 : time_parse_iso(iso);
}

/* "failed, exit code 3, after 1.2 s" */
static void
add_end(struct buf *line, const struct task_info *task)
{
	char text[TIMEFMT_SIZE];

	buf_puts(line, task->state);
	if (task->signal != NULL)
		buf_printf(line, ", %s", task->signal);
	else if (task->reason != NULL && strcmp(task->reason, "exit_code") == 0)
		buf_printf(line, ", exit code %d", (int)task->exit_code);
	else if (task->reason != NULL)
		buf_printf(line, ", %s", task->reason);
	if (task->started_at != NULL)
		buf_printf(line, ", after %s",
		    timefmt_span((int64_t)(task->elapsed_s * 1000), text));
}

static void
add_name(struct buf *line, const struct task_info *task)
{
	buf_printf(line, "**%s**", task->id);
	if (task->name != NULL) {
		buf_puts(line, " ");
		add_code(line, task->name, false);
	}
}

/* With the day, unless it is that of the moment before. */
static void
add_moment(struct buf *line, int64_t ms, int64_t before)
{
	time_t t = (time_t)(ms / 1000), b = (time_t)(before / 1000);
	char text[32];
	struct tm at, last;

	if (localtime_r(&t, &at) != NULL && localtime_r(&b, &last) != NULL &&
	    strftime(text, sizeof(text),
		at.tm_yday == last.tm_yday && at.tm_year == last.tm_year ?
		    "%H:%M" :
		    "%Y-%m-%d %H:%M",
		&at) > 0)
		buf_puts(line, text);
}

/* When, for how long, at what cost. */
static void
print_span(const struct tasks *tasks)
{
	char text[TIMEFMT_SIZE];
	struct buf line = { 0 };
	int64_t from = INT64_MAX, to = 0, ms;
	double work = 0, cost = 0;
	size_t i;

	for (i = 0; i < tasks->n; i++) {
		const struct task_info *task = &tasks->info[i];

		ms = ms_of(task->created_at);
		from = ms < from ? ms : from;
		ms = task->ended_at == NULL ? time_wall_ms() :
					      ms_of(task->ended_at);
		to = ms > to ? ms : to;
		work += task->started_at == NULL ? 0 : task->elapsed_s;
		cost += task->cost_usd > 0 ? task->cost_usd : 0;
	}
	add_moment(&line, from, 0);
	buf_puts(&line, " to ");
	add_moment(&line, to, from);
	buf_printf(&line, ": %s", timefmt_span(to - from, text));
	buf_printf(&line, ", %s of work",
	    timefmt_span((int64_t)(work * 1000), text));
	if (cost > 0)
		buf_printf(&line, ", $%.2f", cost);
	print(&line);
}

static void
print_counts(const struct tasks *tasks)
{
	static const char *const states[] = { "needs_input", "running",
		"queued", "completed", "failed", "timeout", "lost",
		"cancelled" };
	struct buf line = { 0 };
	size_t i, k, n;

	for (k = 0; k < sizeof(states) / sizeof(states[0]); k++) {
		for (i = n = 0; i < tasks->n; i++)
			n += strcmp(tasks->info[i].state, states[k]) == 0;
		if (n > 0)
			buf_printf(&line, "%s%zu %s", line.len == 0 ? "" : ", ",
			    n, k == 0 ? "need input" : states[k]);
	}
	print(&line);
}

/* All of one group have its name above them. */
static void
print_title(const struct tasks *tasks)
{
	const struct task_info *first = &tasks->info[0];
	struct buf line = { 0 };
	size_t i;

	for (i = 1; i < tasks->n && first->group != NULL; i++)
		if (tasks->info[i].group == NULL ||
		    strcmp(tasks->info[i].group, first->group) != 0)
			break;
	buf_puts(&line, "# ");
	if (first->group != NULL && i == tasks->n) {
		add_code(&line,
		    first->group_name != NULL ? first->group_name :
						first->group,
		    false);
		buf_puts(&line, ": ");
	}
	buf_printf(&line, "%zu task%s", tasks->n, plural(tasks->n));
	print(&line);
}

static void
print_heading(const char *text, bool *begun)
{
	if (!*begun)
		printf("\n## %s\n", text);
	*begun = true;
}

static void
print_asks(const struct tasks *tasks)
{
	char text[TIMEFMT_SIZE];
	struct buf line = { 0 };
	bool begun = false;
	size_t i, k;

	for (i = 0; i < tasks->n; i++) {
		const struct task_info *task = &tasks->info[i];
		const struct ask_info *ask = task->asks.items;

		for (k = 0; k < task->asks.n; k++, ask++) {
			print_heading("Needs you", &begun);
			buf_puts(&line, "- ");
			add_name(&line, task);
			buf_printf(&line, " asks for %s: ",
			    timefmt_span(time_wall_ms() - ms_of(ask->asked_at),
				text));
			add_code(&line, ask->question, false);
			buf_printf(&line, "; `ccproc asks %s` shows all of it",
			    task->id);
			print(&line);
		}
	}
}

static void
print_failures(const struct tasks *tasks)
{
	struct buf line = { 0 };
	bool begun = false;
	size_t i;

	for (i = 0; i < tasks->n; i++) {
		const struct task_info *task = &tasks->info[i];

		if (!status_failed(task->state))
			continue;
		print_heading("Failed", &begun);
		buf_puts(&line, "\n### ");
		add_name(&line, task);
		buf_puts(&line, ": ");
		add_end(&line, task);
		buf_puts(&line, "\n\n");
		print(&line);
		printf("%sAgain: `ccproc restart %s`\n",
		    tail_print_why(task, "    ") ? "\n" : "", task->id);
	}
}

static void
print_branches(const struct tasks *tasks)
{
	struct buf line = { 0 };
	bool begun = false;
	size_t i;

	for (i = 0; i < tasks->n; i++) {
		const struct task_worktree *w = &tasks->info[i].worktree;

		if (w->branch == NULL ||
		    (w->commits <= 0 && w->dirty <= 0 && w->untracked <= 0))
			continue;
		print_heading("Branches", &begun);
		if (line.len == 0)
			puts("");
		buf_puts(&line, "- ");
		add_name(&line, &tasks->info[i]);
		buf_puts(&line, ": ");
		add_code(&line, w->branch, false);
		if (w->commits > 0)
			buf_printf(&line, ", %d commit%s", (int)w->commits,
			    plural((size_t)w->commits));
		if (w->files_changed > 0)
			buf_printf(&line, ", %d file%s (+%d -%d)",
			    (int)w->files_changed,
			    plural((size_t)w->files_changed),
			    (int)w->insertions, (int)w->deletions);
		if (w->dirty > 0 || w->untracked > 0)
			buf_puts(&line, ", not all committed");
		print(&line);
	}
}

static void
add_row(struct buf *line, const struct task_info *task, bool waits)
{
	char text[TIMEFMT_SIZE];
	int64_t waited = waits ? waited_ms(task) : 0;
	int64_t created = ms_of(task->created_at),
		started = ms_of(task->started_at);

	buf_printf(line, "| %s | ", task->id);
	if (task->name != NULL)
		add_code(line, task->name, true);
	buf_printf(line, " | %s |", task->state);
	if (started > 0)
		buf_printf(line, " %s |",
		    timefmt_span(started > created ? started - created : 0,
			text));
	else
		buf_puts(line, " |");
	if (started > 0)
		buf_printf(line, " %s |",
		    timefmt_span((int64_t)(task->elapsed_s * 1000), text));
	else
		buf_puts(line, " |");
	if (waited > 0)
		buf_printf(line, " %s |", timefmt_span(waited, text));
	else if (waits)
		buf_puts(line, " |");
	if (task->cost_usd > 0)
		buf_printf(line, " $%.2f |", task->cost_usd);
	else
		buf_puts(line, " |");
}

/* Oldest first, as they were started. */
static void
print_all(const struct tasks *tasks)
{
	struct buf line = { 0 };
	bool waits = false;
	size_t i;

	for (i = 0; i < tasks->n; i++)
		waits = waits || waited_ms(&tasks->info[i]) > 0;
	printf("\n## Tasks\n\n| id | name | state | queued | took |%s cost |\n"
	       "|---|---|---|---|---|%s---|\n",
	    waits ? " waited for you |" : "", waits ? "---|" : "");
	for (i = 0; i < tasks->n; i++) {
		add_row(&line, &tasks->info[i], waits);
		print(&line);
	}
}

static int
by_age(const void *a, const void *b)
{
	const struct task_info *x = a, *y = b;
	int64_t n = atoll(x->id + 1), m = atoll(y->id + 1);

	return (n > m) - (n < m);
}

static void
report(const struct tasks *tasks)
{
	qsort(tasks->info, tasks->n, sizeof(*tasks->info), by_age);
	print_title(tasks);
	puts("");
	print_span(tasks);
	puts("");
	print_counts(tasks);
	print_asks(tasks);
	print_failures(tasks);
	print_branches(tasks);
	print_all(tasks);
}

static int
check(const void *options, char *const *words, struct error *err)
{
	const struct report_options *o = options;

	return select_check(&o->select, words, err);
}

static int
run(struct rpc *rpc, const void *options, char *const *words)
{
	const struct tasks_query query = { .wait_s = 0 };
	struct report_options o = *(const struct report_options *)options;
	struct tasks found = { 0 }, tasks = { 0 };
	struct error err;
	char **ids;
	int status = 0;

	if (words[0] == NULL && !select_is_used(&o.select))
		o.select.since_ms = DAY_MS;
	ids = select_tasks(rpc, &o.select, words, SELECT_ANY, &found, &err);
	if (ids == NULL)
		status = say_failed(&err);
	else if (ids[0] == NULL)
		status = say_none();
	else if (tasks_check(rpc, ids, &query, &tasks, &err) != 0)
		status = say_failed(&err);
	else
		report(&tasks);
	strv_free(ids);
	tasks_clear(&tasks);
	tasks_clear(&found);
	return status;
}
