/*
 * Waiting for tasks: when it ends, and that it ends once.
 */
#include <string.h>

#include "common/error.h"
#include "common/timefmt.h"
#include "daemon/find/wait.h"
#include "daemon/queue/queue.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct task *tasks[2];
static int dones, notices;
static int64_t began, elapsed;
static struct error err;

static void
setup(void)
{
	taskbox_open();
	tasks[0] = taskbox_task("{\"command\":\"true\"}");
	tasks[1] = taskbox_task("{\"command\":\"sleep 60\"}");
}

static void
teardown(void)
{
	size_t i;

	for (i = 0; i < 2; i++) {
		task_stop(tasks[i], KEEPER_NOW, 0, &err);
		taskbox_until_ended(tasks[i]);
		task_unref(tasks[i]);
	}
	taskbox_close();
}

static void
done(struct wait *wait, void *arg)
{
	struct task *const *list;
	size_t n;

	ck_assert_ptr_eq(arg, &dones);
	list = wait_tasks(wait, &n);
	ck_assert_uint_ge(n, 1);
	ck_assert_ptr_eq(list[0], tasks[0]);
	elapsed = time_mono_ms() - began;
	dones++;
}

static void
notice(struct wait *wait, void *arg)
{
	(void)wait;
	ck_assert_ptr_eq(arg, &dones);
	notices++;
}

static bool
is_done(void *arg)
{
	(void)arg;
	return dones > 0;
}

static bool
all_done(void *arg)
{
	(void)arg;
	return dones == 20;
}

static struct wait *
start(size_t n, enum wait_until until, int64_t timeout_ms, int64_t notice_ms)
{
	const struct wait_spec spec = { .until = until,
		.timeout_ms = timeout_ms,
		.notice_ms = notice_ms,
		.since = INT64_MAX,
		.done = done,
		.notice = notice,
		.arg = &dones };

	began = time_mono_ms();
	return wait_new(tasks, n, &spec);
}

START_TEST(for_the_end)
{
	start(1, WAIT_ALL, 10000, 0);
	queue_run();
	taskbox_until(is_done, NULL);
	ck_assert(record_ended(task_record(tasks[0])));
	ck_assert_int_lt(elapsed, 10000);
	ck_assert_int_eq(notices, 0);
}
END_TEST

START_TEST(for_any)
{
	start(2, WAIT_ANY, 10000, 0);
	queue_run();
	taskbox_until(is_done, NULL);
	ck_assert(record_ended(task_record(tasks[0])));
	ck_assert(!record_ended(task_record(tasks[1])));
}
END_TEST

/* A change that was seen already ends no wait. */
START_TEST(for_any_that_is_new)
{
	queue_run();
	taskbox_until_ended(tasks[0]);
	task_mark_seen(tasks[0]);
	start(2, WAIT_ANY, 200, 0);
	taskbox_until(is_done, NULL);
	ck_assert_int_ge(elapsed, 190);
}
END_TEST

START_TEST(until_it_expires)
{
	queue_run();
	start(2, WAIT_ALL, 150, 40);
	taskbox_until(is_done, NULL);
	ck_assert_int_ge(elapsed, 140);
	ck_assert_int_ge(notices, 1);
	ck_assert_int_le(notices, 4);
}
END_TEST

START_TEST(for_the_start)
{
	queue_run();
	start(2, WAIT_STARTED, 10000, 0);
	taskbox_until(is_done, NULL);
	ck_assert(!task_starting(tasks[0]) && !task_starting(tasks[1]));
	ck_assert(!record_ended(task_record(tasks[1])));
	ck_assert_int_lt(elapsed, 10000);
}
END_TEST

/* What begins while others are waited for is not waited for, too. */
START_TEST(for_those_that_start)
{
	taskbox_phase(tasks[0], TASK_STARTING);
	start(2, WAIT_STARTED, 10000, 0);
	taskbox_phase(tasks[1], TASK_STARTING);
	taskbox_phase(tasks[0], TASK_RUNNING);
	taskbox_until(is_done, NULL);
	ck_assert_int_lt(elapsed, 10000);
	taskbox_phase(tasks[0], TASK_QUEUED);
	taskbox_phase(tasks[1], TASK_QUEUED);
}
END_TEST

/* Nothing starts in the middle of the caller. */
START_TEST(never_at_once)
{
	struct wait *wait;

	queue_run();
	taskbox_until_ended(tasks[0]);
	wait = start(1, WAIT_ALL, 0, 0);
	ck_assert_int_eq(dones, 0);
	wait_free(wait);
	wait_free(NULL);
	start(1, WAIT_ALL, 10000, 0);
	taskbox_until(is_done, NULL);
	ck_assert_int_eq(dones, 1);
}
END_TEST

START_TEST(freed_before_its_end)
{
	struct wait *one = start(2, WAIT_ALL, 50, 10);
	struct wait *two = start(1, WAIT_ALL, 10000, 0);

	queue_run();
	wait_free(one);
	taskbox_until(is_done, NULL);
	ck_assert_int_eq(dones, 1);
	ck_assert_int_eq(notices, 0);
	(void)two;
}
END_TEST

START_TEST(many_waits_end_together)
{
	int i;

	for (i = 0; i < 20; i++)
		start(1, WAIT_ALL, 10000, 0);
	queue_run();
	taskbox_until(all_done, NULL);
}
END_TEST

UNIT_SUITE
{
	unit_suite("wait", setup, teardown, for_the_end, for_any,
	    for_any_that_is_new, until_it_expires, for_the_start,
	    for_those_that_start, never_at_once, freed_before_its_end,
	    many_waits_end_together, NULL);
}
