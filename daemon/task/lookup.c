/*
 * Looking tasks up.  See lookup.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/store/index.h"
#include "daemon/store/name.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"

void
task_list_append(struct task_list *list, struct task *task)
{
	if (list->n == list->size) {
		list->size = list->size == 0 ? 16 : list->size * 2;
		list->tasks = xreallocarray(list->tasks, list->size,
		    sizeof(*list->tasks));
	}
	list->tasks[list->n++] = task_ref(task);
}

void
task_list_add(struct task_list *list, struct task *task)
{
	uint64_t number = task_record(task)->number;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (task_record(list->tasks[i])->number == number)
			return;
	task_list_append(list, task);
}

void
task_list_clear(struct task_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		task_unref(list->tasks[i]);
	free(list->tasks);
	memset(list, 0, sizeof(*list));
}

struct task *
lookup_number(uint64_t number, struct error *err)
{
	struct task *task = task_find_live(number);
	struct store_name name;

	if (task != NULL)
		return task_ref(task);
	if (index_know(err) != 0)
		return NULL;
	if (index_range(number, number, &name, 1) == 1)
		task = task_open(&name, err);
	else
		fail(err, ERR_NOT_FOUND, TASK_ID ": no such task", number);
	return task;
}

struct task *
lookup_uuid(const char *prefix)
{
	struct store_name name;
	struct error err;

	return index_prefix(prefix, &name) ? task_open(&name, &err) : NULL;
}

/* A group has consecutive numbers, of which some may be cleaned up. */
/* What has replaced a task of a group is of the group, whatever its number. */
static void
add_replacement(const struct record *rec, struct task_list *list)
{
	struct task *task = NULL, *then;
	struct error err;
	uint64_t next;

	while ((next = record_replaced_by(rec)) > rec->number &&
	    (then = lookup_number(next, &err)) != NULL) {
		task_list_add(list, then);
		task_unref(task);
		task = then;
		rec = task_record(task);
	}
	task_unref(task);
}

int
lookup_group(uint64_t first, struct task_list *list, struct error *err)
{
	struct store_name names[TASKS_MAX_PER_CALL];
	char *group = xasprintf(GROUP_ID, first);
	const struct record *rec;
	struct error one;
	struct task *task;
	size_t i, n;
	int result = index_know(err);

	n = index_range(first, first + TASKS_MAX_PER_CALL - 1, names,
	    TASKS_MAX_PER_CALL);
	for (i = 0; i < n; i++) {
		task = task_open(&names[i], &one);
		if (task == NULL && error_passes(&one)) {
			*err = one;
			result = -1;
		}
		if (task == NULL)
			continue;
		rec = task_record(task);
		if (rec->from.group != NULL &&
		    strcmp(rec->from.group, group) == 0) {
			task_list_add(list, task);
			add_replacement(rec, list);
		}
		task_unref(task);
	}
	free(group);
	return result;
}

bool
lookup_is_group(struct task *const *tasks, size_t n)
{
	const char *group = task_record(tasks[0])->from.group, *other;
	struct task_list all = { 0 };
	struct error err;
	bool is = group != NULL;
	size_t i;

	for (i = 0; is && i < n; i++) {
		other = task_record(tasks[i])->from.group;
		is = other != NULL && strcmp(group, other) == 0;
	}
	if (!is)
		return false;
	is = lookup_group(id_number(group), &all, &err) == 0 && all.n == n;
	task_list_clear(&all);
	return is;
}
