/*
 * What several tasks are doing, in a line.  See group.h.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "common/id.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "daemon/view/group.h"
#include "daemon/view/line.h"
#include "daemon/view/ranks.h"

/* Tasks that are named one by one; more are ranges of numbers. */
#define NAMED_MAX 8

/* Adds "t30 bad, t31", of many only their ranges. */
static void
add_names(struct task *const *tasks, size_t n, struct buf *out)
{
	const char *label;
	size_t i;

	if (n > NAMED_MAX) {
		ranks_add_ranges(tasks, n, out);
		return;
	}
	for (i = 0; i < n; i++) {
		label = task_record(tasks[i])->spec.label;
		buf_printf(out, "%s" TASK_ID "%s%s", i == 0 ? "" : ", ",
		    task_record(tasks[i])->number, label == NULL ? "" : " ",
		    label == NULL ? "" : label);
	}
}

/* Adds how many have that rank, and which; *names: names stand before it. */
static void
add_count(const struct ranks *ranks, enum rank rank, const char *word,
    bool named, bool *names, struct buf *out)
{
	size_t n = ranks->count[rank];

	if (n == 0)
		return;
	buf_printf(out, "%s%zu %s", *names ? "; " : ", ", n, word);
	*names = named;
	if (!named)
		return;
	buf_puts(out, ": ");
	add_names(ranks->tasks + ranks->from[rank], n, out);
}

static void
add_verdict(const struct ranks *ranks, bool whole, struct buf *out)
{
	const struct record *first = task_record(ranks->tasks[0]);
	const char *name = first->from.group_name;
	bool names = false;

	if (whole && first->from.group != NULL)
		buf_printf(out, "%s%s%s: ", first->from.group,
		    name == NULL ? "" : " ", name == NULL ? "" : name);
	else
		buf_printf(out, "%zu tasks: ", ranks->n);
	if (ranks_ended(ranks) == ranks->n)
		buf_printf(out, "%zu %s", ranks->n,
		    ranks->count[RANK_COMPLETED] == ranks->n ? "completed" :
							       "ended");
	else
		buf_printf(out, "%zu of %zu ended", ranks_ended(ranks),
		    ranks->n);
	add_count(ranks, RANK_FAILED, "failed", true, &names, out);
	add_count(ranks, RANK_CANCELLED, "cancelled", true, &names, out);
	add_count(ranks, RANK_ASKING,
	    ranks->count[RANK_ASKING] == 1 ? "needs input" : "need input", true,
	    &names, out);
	add_count(ranks, RANK_RUNNING, "running", false, &names, out);
	add_count(ranks, RANK_QUEUED, "queued", false, &names, out);
}

char *
view_verdict(struct task *const *tasks, size_t n, bool whole)
{
	struct buf out = { 0 };
	struct ranks ranks;

	if (n == 1)
		return view_first_line(tasks[0]);
	ranks_init(&ranks, tasks, n);
	add_verdict(&ranks, whole, &out);
	ranks_clear(&ranks);
	return buf_steal(&out);
}

/* Adds one that was started, and why if it was not. */
static void
add_start(const struct task *task, struct buf *out)
{
	const struct record *rec = task_record(task);
	char *line;

	if (record_ended(rec) && rec->state != STATE_COMPLETED) {
		line = view_first_line(task);
		buf_puts(out, line);
		free(line);
		return;
	}
	buf_printf(out, TASK_ID, rec->number);
	if (rec->spec.label != NULL)
		buf_printf(out, " %s", rec->spec.label);
	buf_printf(out, " %s", state_name(rec->state));
	view_unkept(task, out);
}

static void
add_many_starts(struct task *const *tasks, size_t n, struct buf *out)
{
	static const enum rank told[] = { RANK_RUNNING, RANK_ASKING,
		RANK_QUEUED, RANK_COMPLETED };
	static const char *const words[] = { "running", "need input", "queued",
		"completed" };
	const char *before = ": ";
	struct ranks ranks;
	size_t i;

	ranks_init(&ranks, tasks, n);
	ranks_add_ranges(tasks, n, out);
	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		if (ranks.count[told[i]] == 0)
			continue;
		buf_printf(out, "%s%zu %s", before, ranks.count[told[i]],
		    words[i]);
		before = ", ";
	}
	for (i = 0; i < n; i++) {
		if (rank_of(tasks[i]) != RANK_FAILED &&
		    rank_of(tasks[i]) != RANK_CANCELLED)
			continue;
		buf_puts(out, before);
		add_start(tasks[i], out);
		before = ", ";
	}
	ranks_clear(&ranks);
}

void
view_started(struct task *const *tasks, size_t n, struct buf *out)
{
	size_t i;

	if (n > NAMED_MAX) {
		add_many_starts(tasks, n, out);
		return;
	}
	for (i = 0; i < n; i++) {
		buf_puts(out, i == 0 ? "" : ", ");
		add_start(tasks[i], out);
	}
}

char *
view_lines(struct task *const *tasks, size_t n)
{
	struct buf out = { 0 };
	char *line;
	size_t i;

	for (i = 0; i < n; i++) {
		line = view_first_line(tasks[i]);
		buf_printf(&out, "%s%s", i == 0 ? "" : "\n", line);
		free(line);
	}
	return buf_steal(&out);
}
