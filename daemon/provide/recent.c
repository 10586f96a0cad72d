/*
 * Recent tasks.  See recent.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/find/resolve.h"
#include "daemon/provide/recent.h"
#include "daemon/record/record.h"
#include "daemon/store/index.h"
#include "daemon/store/name.h"
#include "daemon/store/number.h"
#include "daemon/task/task.h"
#include "mcp/prompts.h"

/* So many of the last numbers are recent.  Each may be read from disk. */
#define RECENT 100
/* Ids offered for completion; a client shows far fewer. */
#define COMPLETE_MAX 200

struct look {
	uint64_t before, floor;
	size_t max;
	struct task_list *list;
};

/* The walk is newest first, so a number below the floor ends it. */
static bool
look(const struct store_name *name, void *arg)
{
	const struct look *l = arg;
	struct task *task;
	struct error err;

	if (name->number <= l->floor || l->list->n >= l->max)
		return false;
	task = task_open(name, &err);
	if (task == NULL && err.code != ERR_NOT_FOUND)
		log_warnx("passed over: %s", err.text);
	if (task != NULL)
		task_list_append(l->list, task);
	task_unref(task);
	return true;
}

/* Adds the live tasks at or below the floor, which are older than recent. */
static void
add_live(const struct look *l)
{
	struct task *task = NULL;
	uint64_t number;

	while (l->list->n < l->max && (task = task_live_before(task)) != NULL) {
		number = task_record(task)->number;
		if (number <= l->floor &&
		    (l->before == 0 || number < l->before))
			task_list_append(l->list, task);
	}
}

uint64_t
recent_tasks(uint64_t before, size_t max, struct task_list *list)
{
	uint64_t last = store_last_number();
	struct look l = { .before = before,
		.floor = last > RECENT ? last - RECENT : 0,
		.max = max,
		.list = list };

	index_each(before, look, &l);
	add_live(&l);
	return list->n < max ? 0 :
			       task_record(list->tasks[list->n - 1])->number;
}

struct offer {
	const char *prefix, *typed;
	char **names; /* offered already */
	struct mcp_values *values;
};

static void
offer(struct offer *o, const char *name)
{
	char *const *known;
	char *value;

	if (name == NULL || strncmp(name, o->typed, strlen(o->typed)) != 0)
		return;
	for (known = o->names; known != NULL && *known != NULL; known++)
		if (strcmp(*known, name) == 0)
			return;
	o->names = strv_add(o->names, name);
	value = xasprintf("%s%s", o->prefix, name);
	mcp_values_add(o->values, value);
	free(value);
}

void
recent_complete(const char *prefix, const char *typed,
    struct mcp_values *values)
{
	struct offer o = { .prefix = prefix, .typed = typed, .values = values };
	struct task_list list = { 0 };
	const struct record *rec;
	char id[32];
	size_t i;

	recent_tasks(0, COMPLETE_MAX, &list);
	for (i = 0; i < list.n; i++) {
		rec = task_record(list.tasks[i]);
		snprintf(id, sizeof(id), TASK_ID, rec->number);
		offer(&o, id);
		offer(&o, rec->spec.label);
		offer(&o, rec->from.group);
		offer(&o, rec->from.group_name);
	}
	task_list_clear(&list);
	strv_free(o.names);
}
