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
#include "daemon/store/delete.h"
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

/*
 * The number of what was accepted in place of a task, or (NULL) of one that is
 * cleaned up; 0: nothing was.
 */
static uint64_t
next_of(uint64_t number, const struct task *task)
{
	uint64_t by = task == NULL ? store_replaced_by(number) :
				     record_replaced_by(task_record(task));

	return by > number ? by : 0;
}

struct task *
lookup_current(uint64_t number, struct error *err)
{
	struct task *task = lookup_number(number, err);

	while ((number = next_of(number, task)) != 0) {
		task_unref(task);
		task = lookup_number(number, err);
	}
	return task;
}

static bool
is_of(const struct task *task, uint64_t group)
{
	const char *of = task_record(task)->from.group;

	return of != NULL && id_number(of) == group;
}

/*
 * What stands for a task of a group is of the group, whatever its number: its
 * own record says that.
 */
static void
add_replacements(uint64_t number, uint64_t group, struct task_list *list)
{
	struct task *task;
	struct error err;

	while (number != 0) {
		task = lookup_number(number, &err);
		if (task != NULL && is_of(task, group))
			task_list_add(list, task);
		number = next_of(number, task);
		task_unref(task);
	}
}

/* A group has consecutive numbers, of which some may be cleaned up. */
int
lookup_group(uint64_t first, struct task_list *list, struct error *err)
{
	uint64_t last = first + TASKS_MAX_PER_CALL - 1, number;
	struct store_name names[TASKS_MAX_PER_CALL], gone;
	struct error one;
	struct task *task;
	size_t i, n;
	int result = index_know(err);

	n = index_range(first, last, names, TASKS_MAX_PER_CALL);
	for (i = 0; i < n; i++) {
		task = task_open(&names[i], &one);
		if (task == NULL && error_passes(&one)) {
			*err = one;
			result = -1;
		}
		if (task != NULL && is_of(task, first)) {
			task_list_add(list, task);
			add_replacements(next_of(names[i].number, task), first,
			    list);
		}
		task_unref(task);
	}
	for (number = first; number <= last; number++)
		if (index_buried(number, &gone))
			add_replacements(next_of(number, NULL), first, list);
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
