/*
 * Observers of tasks.
 */
#include <stddef.h>

#include "common/error.h"
#include "daemon/find/observer.h"
#include "daemon/os/loop.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct task *tasks[2];
static struct observer *observer;
static int told;

static void
changed(void *arg)
{
	ck_assert_ptr_eq(arg, &told);
	told++;
}

static void
changed_and_free(void *arg)
{
	changed(arg);
	observer_free(observer);
	observer = NULL;
}

static void
setup(void)
{
	taskbox_open();
	tasks[0] = taskbox_task("{\"command\":\"true\"}");
	tasks[1] = taskbox_task("{\"command\":\"true\"}");
	told = 0;
}

static void
teardown(void)
{
	observer_free(observer);
	observer = NULL;
	task_unref(tasks[0]);
	task_unref(tasks[1]);
	taskbox_close();
}

static void
stop(struct task *task)
{
	struct error err;

	ck_assert_msg(task_stop(task, KEEPER_NOW, 0, &err) == 0, "%s",
	    err.text);
}

static bool
was_told(void *arg)
{
	(void)arg;
	return told > 0;
}

START_TEST(once_for_a_turn)
{
	observer = observer_new("test", tasks, 2, changed, &told);
	stop(tasks[0]);
	stop(tasks[1]);
	ck_assert_int_eq(told, 0); /* not in the middle of it */
	taskbox_until(was_told, NULL);
	ck_assert_int_eq(told, 1);
}
END_TEST

START_TEST(freed_by_what_it_tells)
{
	observer = observer_new("test", tasks, 2, changed_and_free, &told);
	stop(tasks[0]);
	taskbox_until(was_told, NULL);
	ck_assert_ptr_null(observer);
	stop(tasks[1]);
}
END_TEST

START_TEST(freed_before_it_tells)
{
	observer = observer_new("test", tasks, 2, changed, &told);
	stop(tasks[0]);
	observer_free(observer);
	observer = NULL;
	stop(tasks[1]);
	ck_assert_int_eq(told, 0);
}
END_TEST

START_TEST(of_what_has_ended)
{
	stop(tasks[0]);
	observer = observer_new("test", tasks, 2, changed, &told);
	stop(tasks[1]);
	taskbox_until(was_told, NULL);
	ck_assert_int_eq(told, 1);
}
END_TEST

UNIT_SUITE
{
	unit_suite("observer", setup, teardown, once_for_a_turn,
	    freed_by_what_it_tells, freed_before_it_tells, of_what_has_ended,
	    NULL);
}
