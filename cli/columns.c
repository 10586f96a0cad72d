/*
 * The columns of lists of tasks.  See columns.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cli/columns.h"
#include "cli/path.h"
#include "cli/tasks.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"

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

static void
add_id(struct table *table, const struct task_info *task)
{
	table_cell(table, task->id);
}

static void
add_name(struct table *table, const struct task_info *task)
{
	table_cell(table, task->name != NULL ? task->name : task->label);
}

static void
add_label(struct table *table, const struct task_info *task)
{
	table_cell(table, task->label);
}

static void
add_kind(struct table *table, const struct task_info *task)
{
	table_cell(table, task->kind);
}

static void
add_group(struct table *table, const struct task_info *task)
{
	table_cell(table,
	    task->group_name != NULL ? task->group_name : task->group);
}

/* "failed/3", "failed/SIGKILL", "failed/denied" */
static void
add_state(struct table *table, const struct task_info *task)
{
	char *text;

	if (task->reason == NULL)
		text = xstrdup(task->held       ? "held" :
			task->paused_at != NULL ? "paused" :
						  task->state);
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
add_age(struct table *table, const struct task_info *task)
{
	char text[TIMEFMT_SIZE];
	int64_t created = task->created_at == NULL ?
	    0 :
	    time_parse_iso(task->created_at);
	int64_t age = task->age_s > 0 ? (int64_t)(task->age_s * 1000) :
					time_wall_ms() - created;

	table_cell(table, created == 0 ? NULL : timefmt_span(age, text));
}

static void
add_took(struct table *table, const struct task_info *task)
{
	char text[TIMEFMT_SIZE];

	table_cell(table,
	    task->started_at == NULL ?
		NULL :
		timefmt_span((int64_t)(task->elapsed_s * 1000), text));
}

static void
add_cwd(struct table *table, const struct task_info *task)
{
	table_cell(table, task->cwd);
}

/* For people; what they can leave out is shorter. */
static void
add_short_cwd(struct table *table, const struct task_info *task)
{
	char *path = path_short(task->cwd);

	table_cell(table, path);
	free(path);
}

static void
add_cost(struct table *table, const struct task_info *task)
{
	char text[32];

	snprintf(text, sizeof(text), "$%.2f", task->cost_usd);
	table_cell(table, task->cost_usd > 0 ? text : NULL);
}

/*
 * The last line with something on it; of an agent that runs what it does, or
 * asks.
 */
static void
add_last(struct table *table, const struct task_info *task)
{
	const struct ask_info *asks = task->asks.items;
	const char *said = task->held || task->queue_paused ? task->waits_for :
	    task->asks.n > 0                                ? asks[0].question :
	    task->activity != NULL                          ? task->activity :
	    task->last != NULL                              ? task->last :
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

struct column {
	struct table_column column;
	void (*add)(struct table *table, const struct task_info *task);
};

/*
 * The order of a table for people, where those with a rank are left out for
 * want of room; --columns can name all of them.
 */
static const struct column known[] = {
	{ { .title = "ID" }, add_id },
	{ { .title = "NAME", .flexible = true }, add_name },
	{ { .title = "LABEL", .max = 40 }, add_label },
	{ { .title = "KIND" }, add_kind },
	{ { .title = "STATE", .coloured = true }, add_state },
	{ { .title = "AGE", .optional = true, .rank = 2 }, add_age },
	{ { .title = "TOOK", .optional = true, .rank = 3 }, add_took },
	{ { .title = "COST", .optional = true, .rank = 4 }, add_cost },
	{ { .title = "GROUP", .max = 20, .varies = true, .rank = 6 },
	    add_group },
	{ { .title = "CWD",
	      .max = 30,
	      .keep_end = true,
	      .varies = true,
	      .rank = 5 },
	    add_short_cwd },
	{ { .title = "LAST", .flexible = true, .optional = true, .rank = 1 },
	    add_last },
};

#define KNOWN (sizeof(known) / sizeof(known[0]))
#define USUAL "id,name,state,age,took,cost,group,cwd,last"
#define USUAL_PLAIN "id,label,state,age,took,cost,cwd,last"

static const struct column *
find_column(const char *name, size_t len)
{
	size_t i;

	for (i = 0; i < KNOWN; i++)
		if (strncasecmp(known[i].column.title, name, len) == 0 &&
		    known[i].column.title[len] == '\0')
			return &known[i];
	return NULL;
}

/* Of columns that were asked for none is left out. */
int
columns_choose(const char *names, bool plain, struct columns *columns,
    struct error *err)
{
	const char *name = names != NULL ? names : plain ? USUAL_PLAIN : USUAL;
	const struct column *column;
	size_t len;

	for (; columns->n < COLUMNS_MAX; name += len + 1) {
		len = strcspn(name, ",");
		column = find_column(name, len);
		if (column == NULL)
			break;
		columns->titles[columns->n] = column->column;
		if (names != NULL) {
			columns->titles[columns->n].varies = false;
			columns->titles[columns->n].optional = false;
			columns->titles[columns->n].rank = 0;
		}
		columns->add[columns->n++] = plain &&
			column->add == add_short_cwd ?
		    add_cwd :
		    column->add;
		if (name[len] == '\0')
			return 0;
	}
	fail(err, ERR_INVALID,
	    "--columns: expected some of id, name, label, kind, state, age, "
	    "took, cost, group, cwd and last, each once, with commas between, "
	    "got '%.60s'",
	    names);
	return -1;
}

void
columns_add(const struct columns *columns, const struct task_info *task,
    struct table *table)
{
	size_t i;

	table_row(table, colour_of(task->state));
	for (i = 0; i < columns->n; i++)
		columns->add[i](table, task);
}
