/*
 * The order of several tasks.  See ranks.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/id.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "daemon/view/ranks.h"

/* Ranges in one place. */
#define RANGES_MAX 20

enum rank
rank_of(const struct task *task)
{
	const struct record *rec = task_record(task);

	if (record_failed(rec))
		return RANK_FAILED;
	switch (rec->state) {
	case STATE_NEEDS_INPUT:
		return RANK_ASKING;
	case STATE_CANCELLED:
		return RANK_CANCELLED;
	case STATE_RUNNING:
		return RANK_RUNNING;
	case STATE_QUEUED:
		return RANK_QUEUED;
	default:
		return RANK_COMPLETED;
	}
}

void
ranks_init(struct ranks *ranks, struct task *const *tasks, size_t n)
{
	size_t next[RANKS], i;

	memset(ranks, 0, sizeof(*ranks));
	ranks->n = n;
	ranks->tasks = xcalloc(n + 1, sizeof(struct task *));
	for (i = 0; i < n; i++)
		ranks->count[rank_of(tasks[i])]++;
	for (i = 1; i < RANKS; i++)
		ranks->from[i] = ranks->from[i - 1] + ranks->count[i - 1];
	memcpy(next, ranks->from, sizeof(next));
	for (i = 0; i < n; i++)
		ranks->tasks[next[rank_of(tasks[i])]++] = tasks[i];
}

void
ranks_clear(struct ranks *ranks)
{
	free(ranks->tasks);
	memset(ranks, 0, sizeof(*ranks));
}

size_t
ranks_ended(const struct ranks *ranks)
{
	return ranks->count[RANK_FAILED] + ranks->count[RANK_CANCELLED] +
	    ranks->count[RANK_COMPLETED];
}

static uint64_t
number_at(struct task *const *tasks, size_t i)
{
	return task_record(tasks[i])->number;
}

void
ranks_add_ranges(struct task *const *tasks, size_t n, struct buf *out)
{
	size_t i, last, ranges = 0;
	uint64_t first, to;

	for (i = 0; i < n && ranges < RANGES_MAX; i = last + 1, ranges++) {
		first = number_at(tasks, i);
		for (last = i; last + 1 < n &&
		     (number_at(tasks, last + 1) == first + (last + 1 - i) ||
			 number_at(tasks, last + 1) + (last + 1 - i) == first);
		     last++)
			;
		to = number_at(tasks, last);
		buf_printf(out, "%s" TASK_ID, i == 0 ? "" : ", ",
		    to < first ? to : first);
		if (to != first)
			buf_printf(out, "-" TASK_ID, to < first ? first : to);
	}
	if (i < n)
		buf_printf(out, " and %zu more", n - i);
}
