/*
 * Labels that several tasks have.  See namesakes.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/find/labels.h"
#include "daemon/find/resolve.h"
#include "daemon/record/record.h"
#include "daemon/reply/namesakes.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"
#include "daemon/view/line.h"

/* Those beyond are not named. */
#define NAMED_MAX 8

struct search {
	const char *label;
	struct task_list found;
};

static void
find_live(struct search *search)
{
	struct task *task = NULL;
	const char *label;

	while ((task = task_next_live(task)) != NULL) {
		label = task_record(task)->spec.label;
		if (label != NULL && strcmp(label, search->label) == 0 &&
		    !record_ended(task_record(task)))
			task_list_append(&search->found, task);
	}
}

static bool
take_ended(const struct labels *names, void *arg)
{
	struct search *search = arg;
	struct task *task;
	struct error err;

	if (strcmp(names->label, search->label) != 0)
		return true;
	task = lookup_number(names->number, &err);
	if (task != NULL && record_replaced_by(task_record(task)) == 0)
		task_list_add(&search->found, task);
	task_unref(task);
	return search->found.n <= NAMED_MAX;
}

/* "x means several tasks: t9 running for 3 min, t3 queued for 1 h" */
static void
refuse(const struct search *search, struct error *err)
{
	const struct task_list *list = &search->found;
	const struct record *rec;
	struct buf text = { 0 };
	char span[TIMEFMT_SIZE];
	size_t i;

	for (i = 0; i < list->n && i < NAMED_MAX; i++) {
		rec = task_record(list->tasks[i]);
		buf_printf(&text, "%s" TASK_ID " (%s, %s old)",
		    i == 0 ? "" : ", ", rec->number, state_name(rec->state),
		    timefmt_span(view_age_ms(list->tasks[i]), span));
	}
	fail_add(err, ERR_INVALID,
	    "%.60s is what several tasks are called, and nothing was done: "
	    "%s%s; say which by id",
	    search->label, text.data, i < list->n ? " and more" : "");
	buf_clear(&text);
}

static void
check_one(const char *label, bool ended, struct error *err)
{
	struct search search = { .label = label };
	struct error unseen;

	find_live(&search);
	if (ended && labels_know(&unseen) == 0)
		labels_each(take_ended, &search);
	if (search.found.n > 1)
		refuse(&search, err);
	task_list_clear(&search.found);
}

int
namesakes_check(char *const *ids, bool ended, struct error *err)
{
	char *one[2] = { NULL, NULL };

	error_clear(err);
	for (; ids != NULL && *ids != NULL; ids++) {
		one[0] = *ids;
		if (!resolve_are_exact(one))
			check_one(*ids, ended, err);
	}
	return err->code == ERR_NONE ? 0 : -1;
}
