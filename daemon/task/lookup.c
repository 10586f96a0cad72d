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
#include "daemon/store/name.h"
#include "daemon/store/number.h"
#include "daemon/store/walk.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"

void
task_list_add(struct task_list *list, struct task *task)
{
	uint64_t number = task_record(task)->number;
	size_t i;

	for (i = 0; i < list->n; i++)
		if (task_record(list->tasks[i])->number == number)
			return;
	list->tasks = xreallocarray(list->tasks, list->n + 1,
	    sizeof(*list->tasks));
	list->tasks[list->n++] = task_ref(task);
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

/* A walk over the names, and what it looks for. */
struct search {
	uint64_t from, to;  /* numbers */
	bool trusting;      /* that older days have lower numbers */
	const char *prefix; /* of the UUID; or NULL */
	struct store_name found[TASKS_MAX_PER_CALL];
	size_t n, max;
};

static bool
look(const struct store_name *name, void *arg)
{
	struct search *search = arg;

	if (search->trusting && name->number < search->from)
		return false;
	if (name->number >= search->from && name->number <= search->to &&
	    (search->prefix == NULL ||
		strncmp(name->uuid, search->prefix, strlen(search->prefix)) ==
		    0))
		search->found[search->n++] = *name;
	return search->n < search->max;
}

/* Only a clock that was set back puts higher numbers into older days. */
static void
find_numbers(struct search *search, uint64_t from, uint64_t to)
{
	memset(search, 0, sizeof(*search));
	if (from == 0 || from > store_last_number())
		return;
	search->from = from;
	search->to = to;
	search->max = to - from + 1;
	search->trusting = true;
	store_each(look, search);
	if (search->n > 0)
		return;
	search->trusting = false;
	store_each(look, search);
}

struct task *
lookup_number(uint64_t number, struct error *err)
{
	struct task *task = task_find_live(number);
	struct search search;

	if (task != NULL)
		return task_ref(task);
	find_numbers(&search, number, number);
	if (search.n == 0) {
		fail(err, ERR_NOT_FOUND, TASK_ID ": no such task", number);
		return NULL;
	}
	return task_open(&search.found[0], err);
}

struct task *
lookup_uuid(const char *prefix)
{
	struct search search = { .to = UINT64_MAX, .prefix = prefix, .max = 2 };
	struct error err;

	store_each(look, &search);
	return search.n == 1 ? task_open(&search.found[0], &err) : NULL;
}

/* A group has consecutive numbers, of which some may be cleaned up. */
void
lookup_group(uint64_t first, struct task_list *list)
{
	char *group = xasprintf(GROUP_ID, first);
	const struct record *rec;
	struct search search;
	struct error err;
	struct task *task;
	size_t i;

	find_numbers(&search, first, first + TASKS_MAX_PER_CALL - 1);
	for (i = search.n; i > 0; i--) {
		task = task_open(&search.found[i - 1], &err);
		if (task == NULL)
			continue;
		rec = task_record(task);
		if (rec->from.group != NULL &&
		    strcmp(rec->from.group, group) == 0)
			task_list_add(list, task);
		task_unref(task);
	}
	free(group);
}

bool
lookup_is_group(struct task *const *tasks, size_t n)
{
	const char *group = task_record(tasks[0])->from.group, *other;
	struct task_list all = { 0 };
	bool is = group != NULL;
	size_t i;

	for (i = 0; is && i < n; i++) {
		other = task_record(tasks[i])->from.group;
		is = other != NULL && strcmp(group, other) == 0;
	}
	if (!is)
		return false;
	lookup_group(id_number(group), &all);
	is = all.n == n;
	task_list_clear(&all);
	return is;
}
