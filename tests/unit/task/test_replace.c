/*
 * Tasks in place of others: whoever means the old one means the new one, and
 * of both one starts.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/resource.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/queue/queue.h"
#include "daemon/record/record.h"
#include "daemon/task/control.h"
#include "daemon/task/inside.h"
#include "daemon/task/life.h"
#include "daemon/task/replace.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define MANY 5

static struct error err;
static struct task *tasks[MANY];
static size_t n;

static void
teardown(void)
{
	while (n > 0) {
		if (task_stop(tasks[--n], KEEPER_NOW, 0, &err) == 0)
			taskbox_until_ended(tasks[n]);
		task_unref(tasks[n]);
	}
	taskbox_close();
}

static struct task *
add(const char *spec)
{
	tasks[n] = taskbox_task(spec);
	return tasks[n++];
}

/* As if the machine had been restarted since it was queued. */
static struct task *
add_held(const char *spec)
{
	struct task *task = add(spec);

	life_take_over(task, true);
	return task;
}

START_TEST(who_is_waited_for_is_wanted)
{
	struct task *waits;

	add_held("{\"command\":\"true\"}");
	waits = add_held("{\"command\":\"true\",\"after\":[\"t1\"]}");
	add_held("{\"command\":\"true\",\"options\":{\"replaces\":\"t1\"}}");
	add_held("{\"command\":\"true\",\"options\":{\"replaces\":\"t3\"}}");
	ck_assert(task_is_held(tasks[3]));
	task_release(waits);
	ck_assert(!task_is_held(waits));
	ck_assert(!task_is_held(tasks[3]));
}
END_TEST

/* Nobody knows before it is seen that it is still queued. */
START_TEST(an_old_one_that_cannot_be_seen)
{
	struct task *old = add("{\"command\":\"true\"}"), *new;
	struct rlimit limit;

	new = add("{\"command\":\"true\"}");
	new->rec.spec.options.replaces = xstrdup("t1");
	limit = unit_no_descriptors();
	life_take_over(old, false);
	replace_adopt();
	queue_run();
	setrlimit(RLIMIT_NOFILE, &limit);
	ck_assert_int_eq(task_phase(old), TASK_UNSEEN);
	queue_run();
	ck_assert_int_eq(task_record(new)->state, STATE_QUEUED);
	taskbox_until_ended(old);
	ck_assert_int_eq(task_record(old)->state, STATE_CANCELLED);
	ck_assert_uint_eq(record_replaced_by(task_record(old)), 2);
	taskbox_until_ended(new);
	ck_assert_int_eq(task_record(new)->state, STATE_COMPLETED);
}
END_TEST

UNIT_SUITE
{
	unit_suite("replace", taskbox_open, teardown,
	    who_is_waited_for_is_wanted, an_old_one_that_cannot_be_seen, NULL);
}
