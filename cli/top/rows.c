/*
 * The tasks as the view keeps them.  See rows.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/runs.h"
#include "cli/status.h"
#include "cli/tasks.h"
#include "cli/text.h"
#include "cli/top/rows.h"
#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "json/choices.h"
#include "json/json.h"

static void
clear_told(struct row *row)
{
	free(row->name);
	free(row->group);
	free(row->group_name);
	free(row->parent);
	free(row->state);
	free(row->waits_for);
	free(row->outcome);
	free(row->question);
	free(row->request_id);
	free(row->dir);
}

static void
row_free(struct row *row)
{
	clear_told(row);
	free(row->last);
	free(row->run_dir);
	free(row->id);
	free(row);
}

void
rows_clear(struct rows *rows)
{
	while (rows->n > 0)
		row_free(rows->items[--rows->n]);
	free(rows->items);
	rows->items = NULL;
}

struct row *
rows_find(const struct rows *rows, const char *id)
{
	size_t i;

	for (i = 0; id != NULL && i < rows->n; i++)
		if (strcmp(rows->items[i]->id, id) == 0)
			return rows->items[i];
	return NULL;
}

static struct row *
add(struct rows *rows, const char *id)
{
	struct row *row = xcalloc(1, sizeof(*row));

	row->id = xstrdup(id);
	row->number = strtoll(id + strcspn(id, "0123456789"), NULL, 10);
	row->figures.percent = -1;
	row->figures.memory = -1;
	rows->items = xreallocarray(rows->items, rows->n + 1,
	    sizeof(*rows->items));
	rows->items[rows->n++] = row;
	return row;
}

static char *
clean(const char *text)
{
	return text == NULL ? NULL : text_clean(text, false);
}

static int64_t
moment(const char *time)
{
	return time == NULL ? 0 : time_parse_iso(time);
}

static enum section
section_of(const struct task_info *task)
{
	if (status_ended(task))
		return SECTION_ENDED;
	if (strcmp(task->state, "queued") == 0)
		return SECTION_QUEUED;
	return strcmp(task->state, "needs_input") == 0 ? SECTION_NEEDS :
							 SECTION_RUNNING;
}

/* "failed 3", "failed SIGKILL", "timeout", "cancelled: user" */
static char *
outcome_of(const struct task_info *task)
{
	const char *reason = task->reason;

	if (!status_ended(task))
		return NULL;
	if (reason != NULL && strcmp(reason, "exit_code") == 0)
		return xasprintf("%s %" PRId64, task->state, task->exit_code);
	if (reason != NULL && strcmp(reason, "signal") == 0 &&
	    task->signal != NULL)
		return xasprintf("%s %s", task->state, task->signal);
	if (reason != NULL)
		return xasprintf("%s: %s", task->state, reason);
	return xstrdup(task->state);
}

/* Whether it asks for an answer; one too long to be told asks to be allowed. */
static bool
is_choice(const struct ask_info *ask)
{
	struct json_object *input;
	struct error err;
	bool is;

	if (ask->input == NULL)
		return false;
	input = json_parse(ask->input, strlen(ask->input), &err);
	is = input != NULL && choices_are(ask->tool, input);
	json_object_put(input);
	return is;
}

static void
take_question(struct row *row, const struct task_info *task)
{
	const struct ask_info *ask = task->asks.items;

	row->asks = task->asks.n;
	row->question = NULL;
	row->request_id = NULL;
	row->asked_at = row->expires_at = 0;
	if (row->asks == 0)
		return;
	row->question = clean(ask->question != NULL ? ask->question :
						      ask->tool);
	row->request_id = clean(ask->request_id);
	row->choice = is_choice(ask);
	row->asked_at = moment(ask->asked_at);
	row->expires_at = moment(ask->expires_at);
}

/* The last line with something on it; that of a file that grows is newer. */
static void
take_last(struct row *row, const struct task_info *task)
{
	const char *said = row->agent && task->activity != NULL ?
	    task->activity :
	    task->last != NULL            ? task->last :
	    row->section == SECTION_ENDED ? task->result :
					    NULL;
	char *text, *line;
	size_t len;

	if (said == NULL)
		return;
	text = xstrdup(said);
	len = strlen(text);
	while (len > 0 && (unsigned char)text[len - 1] <= ' ')
		text[--len] = '\0';
	line = strrchr(text, '\n');
	free(row->last);
	row->last = clean(line != NULL ? line + 1 : text);
	free(text);
}

static void
take(struct row *row, const struct task_info *task)
{
	struct error err;

	clear_told(row);
	row->name = clean(task->name != NULL ? task->name :
		task->label != NULL          ? task->label :
					       "");
	row->group = clean(task->group);
	row->group_name = clean(task->group_name);
	row->group_budget_usd = task->group_budget_usd;
	row->parent = clean(task->parent);
	row->state = clean(task->state);
	row->waits_for = clean(task->waits_for);
	row->outcome = outcome_of(task);
	row->dir = xstrdup(task->output.dir);
	row->err_bytes = task->output.stderr_bytes;
	row->agent = tasks_is_agent(task);
	row->failed = status_failed(task->state);
	row->completed = strcmp(task->state, "completed") == 0;
	row->held = task->held != 0;
	row->paused = task->paused_at != NULL;
	row->drained = task->queue_paused != 0;
	row->unseen = task->unseen != 0;
	row->cost_usd = task->cost_usd > 0 ? task->cost_usd : 0;
	row->created_at = moment(task->created_at);
	row->started_at = moment(task->started_at);
	row->ended_at = moment(task->ended_at);
	row->took_ms = (int64_t)(task->elapsed_s * 1000);
	row->place = task->queue_position > 0 ? task->queue_position : 0;
	take_question(row, task);
	take_last(row, task);
	if (row->run_dir == NULL || row->run != task->run) {
		free(row->run_dir);
		row->run_dir = runs_dir(task, task->run, &err);
		row->run = task->run;
		row->bytes = -1;
	}
}

struct row *
rows_update(struct rows *rows, const struct task_info *task, int64_t now_ms)
{
	struct row *row = rows_find(rows, task->id);
	enum section section = section_of(task);
	bool is_new = row == NULL;

	if (is_new)
		row = add(rows, task->id);
	if (is_new)
		row->shown = section;
	else if (section != row->section)
		row->moved_at = section == row->shown ? 0 : now_ms;
	row->section = section;
	row->told = true;
	take(row, task);
	return row;
}

static void
remove_at(struct rows *rows, size_t i)
{
	row_free(rows->items[i]);
	rows->items[i] = rows->items[--rows->n];
}

void
rows_remove(struct rows *rows, const char *id)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		if (strcmp(rows->items[i]->id, id) == 0) {
			remove_at(rows, i);
			return;
		}
}

void
rows_forget_queue(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		rows->items[i]->told = rows->items[i]->section !=
		    SECTION_QUEUED;
}

void
rows_forget_others(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		rows->items[i]->told = rows->items[i]->section ==
		    SECTION_QUEUED;
}

void
rows_drop_untold(struct rows *rows)
{
	size_t i;

	for (i = rows->n; i > 0; i--)
		if (!rows->items[i - 1]->told)
			remove_at(rows, i - 1);
}

void
rows_limit_ended(struct rows *rows, size_t most)
{
	size_t i, oldest;

	while (rows_count(rows, SECTION_ENDED) > most) {
		for (oldest = rows->n, i = 0; i < rows->n; i++)
			if (rows->items[i]->section == SECTION_ENDED &&
			    (oldest == rows->n ||
				rows->items[i]->ended_at <
				    rows->items[oldest]->ended_at))
				oldest = i;
		if (oldest == rows->n)
			break;
		remove_at(rows, oldest);
	}
}

int64_t
rows_settle(struct rows *rows, int64_t now_ms)
{
	int64_t left, next = -1;
	struct row *row;
	size_t i;

	for (i = 0; i < rows->n; i++) {
		row = rows->items[i];
		if (row->moved_at == 0)
			continue;
		left = row->moved_at + ROWS_STAY_MS - now_ms;
		if (left <= 0) {
			row->shown = row->section;
			row->moved_at = 0;
		} else if (next == -1 || left < next)
			next = left;
	}
	return next;
}

size_t
rows_count(const struct rows *rows, enum section section)
{
	size_t i, n = 0;

	for (i = 0; i < rows->n; i++)
		n += rows->items[i]->section == section;
	return n;
}
