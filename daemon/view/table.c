/*
 * Tasks as rows of a table.  See table.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "daemon/agent/result.h"
#include "daemon/record/record.h"
#include "daemon/task/control.h"
#include "daemon/task/task.h"
#include "daemon/view/line.h"
#include "daemon/view/progress.h"
#include "daemon/view/table.h"
#include "daemon/view/text.h"

/* Characters of the last cell: what an agent does, or what it came to. */
#define LAST_CHARS 60

void
view_table_head(struct buf *out)
{
	buf_puts(out, "id\tlabel\tstate\tage\tturns\tcost\towner\tcwd\tlast");
}

/* Adds a cell of at most chars characters, without tabs and newlines. */
static void
add_cell(struct buf *out, const char *text, size_t chars)
{
	size_t i, len;

	buf_puts(out, "\t");
	if (text == NULL || text[0] == '\0') {
		buf_puts(out, "-");
		return;
	}
	len = utf8_first(text, strlen(text), chars);
	for (i = 0; i < len; i++)
		buf_add(out, (unsigned char)text[i] < ' ' ? " " : &text[i], 1);
}

static char *
last_line(const struct task *task)
{
	char *text, *line;
	int cut;

	text = view_result(task, 300, &cut);
	line = view_last_line(task_record(task), text);
	free(text);
	return line;
}

static void
add_figures(int64_t turns, double cost_usd, struct buf *out)
{
	char text[32] = "";

	if (turns >= 0)
		snprintf(text, sizeof(text), "%" PRId64, turns);
	add_cell(out, text, sizeof(text));
	text[0] = '\0';
	if (cost_usd >= 0)
		snprintf(text, sizeof(text), "$%.2f", cost_usd);
	add_cell(out, text, sizeof(text));
}

/* Fills in how far a task is, or what it came to. */
static void
look(const struct task *task, struct progress *progress)
{
	const struct record *rec = task_record(task);

	if (progress_is_there(rec)) {
		progress_look(rec, LAST_CHARS * 4, progress);
		return;
	}
	*progress = (struct progress){ .turns = -1, .cost_usd = -1 };
	if (rec->result != NULL) {
		progress->turns = rec->result->turns;
		progress->cost_usd = rec->result->cost_usd;
	}
	progress->newest = last_line(task);
}

void
view_table_row(const struct task *task, const char *owner, struct buf *out)
{
	const struct record *rec = task_record(task);
	const struct record_origin *from = &rec->from;
	struct progress progress;
	char span[TIMEFMT_SIZE];

	buf_printf(out, "\nt%" PRIu64, rec->number);
	add_cell(out, rec->spec.label, 40);
	add_cell(out,
	    task_is_held(task)            ? "held" :
		task_paused_at(task) != 0 ? "paused" :
					    state_name(rec->state),
	    40);
	if (rec->reason != REASON_NONE)
		buf_printf(out, "/%s", reason_name(rec->reason));
	add_cell(out, timefmt_span(view_age_ms(task), span), sizeof(span));
	look(task, &progress);
	add_figures(progress.turns, progress.cost_usd, out);
	add_cell(out, strcmp(from->owner, owner) == 0 ? "mine" : from->owner,
	    8);
	add_cell(out, rec->spec.cwd, 60);
	add_cell(out, progress.newest, LAST_CHARS);
	progress_clear(&progress);
}
