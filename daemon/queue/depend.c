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

uint64_t
depend_number(const char *id)
{
	uint64_t number = id_number(id);
	struct error err;
	struct task *task = lookup_current(number, &err);

	if (task != NULL)
		number = task_record(task)->number;
	task_unref(task);
	return number;
}

static enum depend
check_one(const char *id, char *why, size_t why_size)
{
	struct error err;
	struct task *task = lookup_current(id_number(id), &err);
	enum depend result = DEPEND_BROKEN;

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
		snprintf(why, why_size, TASK_ID " %s",
		    task_record(task)->number,
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

/* See depend.h. */
struct depends {
	const struct task_spec *const *specs;
	uint64_t numbers[TASKS_MAX_PER_CALL];
	size_t n, at; /* the spec that is looked at */
	bool numbered;
	struct task_spec **copies;
	char **others; /* what it names of other calls; NULL: not begun */
	struct task_walk walk;
	struct task_list found;
	struct error one; /* that is wrong with it */
	struct error err; /* with all of them */
};

struct depends *
depend_begin(const struct task_spec *const *specs, const uint64_t *numbers,
    size_t n, bool numbered)
{
	struct depends *depends = xcalloc(1, sizeof(*depends));
	size_t i;

	depends->specs = specs;
	memcpy(depends->numbers, numbers, n * sizeof(*numbers));
	depends->n = n;
	depends->numbered = numbered;
	depends->copies = xcalloc(n + 1, sizeof(*depends->copies));
	for (i = 0; i < n; i++)
		depends->copies[i] = task_spec_dup(specs[i]);
	return depends;
}

/* Those of the call itself; the others are looked up. */
static void
take_own(struct depends *depends)
{
	struct task_spec *copy = depends->copies[depends->at];
	char **given = copy->after, **id;
	size_t own;

	copy->after = NULL;
	depends->others = xcalloc(1, sizeof(*depends->others));
	for (id = given; id != NULL && *id != NULL; id++) {
		own = find_own(depends->specs, depends->n, *id);
		if (own == depends->at)
			fail_add(&depends->one, ERR_INVALID,
			    "\"%.60s\" is the task itself", *id);
		else if (own < depends->n)
			copy->after = add_number(copy->after,
			    depends->numbers[own]);
		else
			depends->others = strv_add(depends->others, *id);
	}
	strv_free(given);
	depends->walk = (struct task_walk){ .ids = depends->others,
		.bare = depends->err.code != ERR_NONE };
}

static void
take_others(struct depends *depends)
{
	struct task_spec *copy = depends->copies[depends->at];
	const struct task_list *found = &depends->found;
	size_t i;

	if (depends->walk.failed)
		fail_add(&depends->one, depends->walk.err.code, "%s",
		    depends->walk.err.text);
	for (i = 0; i < found->n; i++)
		copy->after = add_number(copy->after,
		    task_record(found->tasks[i])->number);
	if (strv_len(copy->after) > TASKS_MAX_PER_CALL)
		fail_add(&depends->one, ERR_LIMIT,
		    "more than %d tasks to wait for", TASKS_MAX_PER_CALL);
	if (depends->one.code != ERR_NONE && depends->numbered)
		fail_add(&depends->err, depends->one.code,
		    "tasks[%zu].after: %s", depends->at, depends->one.text);
	else if (depends->one.code != ERR_NONE)
		fail_add(&depends->err, depends->one.code, "after: %s",
		    depends->one.text);
}

/* The next spec begins. */
static void
go_on(struct depends *depends)
{
	task_list_clear(&depends->found);
	strv_free(depends->others);
	depends->others = NULL;
	error_clear(&depends->one);
	depends->at++;
}

bool
depend_step(struct depends *depends)
{
	if (depends->at == depends->n)
		return false;
	if (depends->others == NULL)
		take_own(depends);
	else if (depends->others[0] != NULL &&
	    resolve_step(&depends->found, &depends->walk))
		return true;
	else {
		take_others(depends);
		go_on(depends);
	}
	return true;
}

/* Which of the call's own tasks a spec waits for, a bit for each. */
static uint64_t
own_of(const struct depends *depends, size_t i)
{
	uint64_t number, own = 0;
	char **id;
	size_t j;

	for (id = depends->copies[i]->after; id != NULL && *id != NULL; id++) {
		number = id_number(*id);
		for (j = 0; j < depends->n; j++)
			if (depends->numbers[j] == number)
				own |= UINT64_C(1) << j;
	}
	return own;
}

/*
 * Removes, again and again, the specs that wait for nothing that is left; those
 * that stay wait for themselves.
 */
static bool
has_cycle(const struct depends *depends)
{
	uint64_t own[TASKS_MAX_PER_CALL], left = 0, before;
	size_t i;

	for (i = 0; i < depends->n; i++) {
		own[i] = own_of(depends, i);
		left |= UINT64_C(1) << i;
	}
	do {
		before = left;
		for (i = 0; i < depends->n; i++)
			if ((own[i] & left) == 0)
				left &= ~(UINT64_C(1) << i);
	} while (left != before);
	return left != 0;
}

struct task_spec **
depend_end(struct depends *depends, struct error *err)
{
	struct task_spec **copies = depends->copies;

	*err = depends->err;
	if (err->code == ERR_NONE && has_cycle(depends))
		fail(err, ERR_INVALID,
		    "after: these tasks wait for each "
		    "other in a circle; none could ever start");
	if (err->code != ERR_NONE) {
		depend_free(copies, depends->n);
		copies = NULL;
	}
	task_list_clear(&depends->found);
	strv_free(depends->others);
	free(depends);
	return copies;
}

void
depend_free(struct task_spec **specs, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		task_spec_free(specs[i]);
	free(specs);
}
