/*
 * Dependencies between tasks.  See depend.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/find/resolve.h"
#include "daemon/queue/depend.h"
#include "daemon/record/record.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"

/* Steps from a task to what replaces it: no more than anybody edits one. */
#define REPLACED_MAX 1000

/* The live task that names the other one, which was cleaned up. */
static uint64_t
replaces_gone(uint64_t number)
{
	const struct task *task = NULL;
	const char *id;

	while ((task = task_next_live(task)) != NULL) {
		id = task_record(task)->spec.options.replaces;
		if (id != NULL && id_number(id) == number)
			return task_record(task)->number;
	}
	return 0;
}

uint64_t
depend_number(const char *id)
{
	uint64_t number = id_number(id), next;
	struct error err;
	struct task *task;
	int i;

	for (i = 0; i < REPLACED_MAX; i++) {
		task = lookup_number(number, &err);
		next = task == NULL ? replaces_gone(number) :
				      record_replaced_by(task_record(task));
		task_unref(task);
		if (next <= number) /* none */
			break;
		number = next;
	}
	return number;
}

static enum depend
check_one(const char *id, char *why, size_t why_size)
{
	uint64_t number = depend_number(id);
	struct error err;
	struct task *task;
	enum depend result = DEPEND_BROKEN;

	task = lookup_number(number, &err);
	if (task == NULL && err.code == ERR_SYSTEM && err.errnum != ENOENT) {
		snprintf(why, why_size, "%s: %s", id, err.text);
		result = DEPEND_UNSEEN;
	} else if (task == NULL)
		snprintf(why, why_size, "%s is gone", id);
	else if (!record_ended(task_record(task)))
		result = DEPEND_WAIT;
	else if (task_record(task)->state == STATE_COMPLETED)
		result = DEPEND_MET;
	else
		snprintf(why, why_size, "%s %s", id,
		    state_name(task_record(task)->state));
	task_unref(task);
	return result;
}

enum depend
depend_check(const struct record *rec, uint64_t *met, char *why,
    size_t why_size)
{
	char *const *after = rec->spec.after;
	enum depend one, all = DEPEND_MET;
	size_t i;

	for (i = 0; after != NULL && after[i] != NULL; i++) {
		if ((*met >> i & 1) != 0)
			continue;
		one = check_one(after[i], why, why_size);
		if (one == DEPEND_BROKEN)
			return one;
		if (one == DEPEND_MET)
			*met |= UINT64_C(1) << i;
		else if (all != DEPEND_UNSEEN)
			all = one;
	}
	return all;
}

/* The position of the spec with that label in the same call, or n. */
static size_t
find_own(const struct task_spec *const *specs, size_t n, const char *label)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (specs[i]->label != NULL &&
		    strcmp(specs[i]->label, label) == 0)
			break;
	return i;
}

static char **
add_number(char **after, uint64_t number)
{
	char id[32];

	snprintf(id, sizeof(id), TASK_ID, number);
	return strv_add(after, id);
}

static char **
add_others(char **after, const char *id, struct error *err)
{
	char *copy = xstrdup(id), *ids[] = { copy, NULL };
	struct task_list list = { 0 };
	struct error one;
	size_t i;

	if (resolve_ids(ids, &list, &one) != 0)
		fail_add(err, one.code, "%s", one.text);
	for (i = 0; i < list.n; i++)
		after = add_number(after, task_record(list.tasks[i])->number);
	task_list_clear(&list);
	free(copy);
	return after;
}

static void
resolve_one(const struct task_spec *const *specs, const uint64_t *numbers,
    size_t n, size_t i, struct task_spec *copy, struct error *err)
{
	char **given = copy->after, **id;
	size_t own;

	copy->after = NULL;
	for (id = given; id != NULL && *id != NULL; id++) {
		own = find_own(specs, n, *id);
		if (own == i)
			fail_add(err, ERR_INVALID,
			    "\"%.60s\" is the task itself", *id);
		else if (own < n)
			copy->after = add_number(copy->after, numbers[own]);
		else
			copy->after = add_others(copy->after, *id, err);
	}
	strv_free(given);
	if (strv_len(copy->after) > TASKS_MAX_PER_CALL)
		fail_add(err, ERR_LIMIT, "more than %d tasks to wait for",
		    TASKS_MAX_PER_CALL);
}

/* Whether a spec waits for another of its call that is still there. */
static bool
waits(const struct task_spec *spec, const uint64_t *numbers, const bool *gone,
    size_t n)
{
	uint64_t number;
	char **id;
	size_t i;

	for (id = spec->after; id != NULL && *id != NULL; id++) {
		number = id_number(*id);
		for (i = 0; i < n; i++)
			if (numbers[i] == number && !gone[i])
				return true;
	}
	return false;
}

/*
 * Removes, again and again, the specs that wait for nothing that is left; those
 * that stay wait for themselves.
 */
static bool
has_cycle(struct task_spec *const *specs, const uint64_t *numbers, size_t n)
{
	bool gone[TASKS_MAX_PER_CALL] = { false }, progress = true;
	size_t i, left = n;

	while (progress && left > 0) {
		progress = false;
		for (i = 0; i < n; i++) {
			if (gone[i] || waits(specs[i], numbers, gone, n))
				continue;
			gone[i] = progress = true;
			left--;
		}
	}
	return left > 0;
}

struct task_spec **
depend_resolve(const struct task_spec *const *specs, const uint64_t *numbers,
    size_t n, int numbered, struct error *err)
{
	struct task_spec **copies = xcalloc(n + 1, sizeof(*copies));
	struct error one;
	size_t i;

	error_clear(err);
	for (i = 0; i < n; i++) {
		copies[i] = task_spec_dup(specs[i]);
		error_clear(&one);
		resolve_one(specs, numbers, n, i, copies[i], &one);
		if (one.code == ERR_NONE)
			continue;
		if (numbered)
			fail_add(err, one.code, "tasks[%zu].after: %s", i,
			    one.text);
		else
			fail_add(err, one.code, "after: %s", one.text);
	}
	if (err->code == ERR_NONE && has_cycle(copies, numbers, n))
		fail(err, ERR_INVALID,
		    "after: these tasks wait for each "
		    "other in a circle; none could ever start");
	if (err->code == ERR_NONE)
		return copies;
	depend_free(copies, n);
	return NULL;
}

void
depend_free(struct task_spec **specs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		task_spec_free(specs[i]);
	free(specs);
}
