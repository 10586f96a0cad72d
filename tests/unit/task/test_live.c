/*
 * The lists of live tasks.
 */
#include <stdio.h>

#include "common/error.h"
#include "daemon/config.h"
#include "daemon/queue/queue.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define SLEEP "{\"command\":\"sleep 60\"}"

static struct task *tasks[6];
static size_t n;
static struct error err;

static void
add(const char *spec)
{
	tasks[n++] = taskbox_task(spec);
}

static void
stop(size_t i)
{
	ck_assert_int_eq(task_stop(tasks[i], KEEPER_NOW, 0, &err), 0);
}

static void
setup(void)
{
	taskbox_open();
	unit_write("config", "{\"commands\":{\"max_running\":1}}");
	ck_assert_int_eq(config_load(unit_path("config"), &err), 0);
	n = 0;
}

static void
teardown(void)
{
	while (n > 0) {
		task_stop(tasks[--n], KEEPER_NOW, 0, &err);
		taskbox_until_ended(tasks[n]);
		task_unref(tasks[n]);
	}
	taskbox_close();
}

static const char *
places(void)
{
	static char text[100];
	size_t i, of = 0, len = 0;

	for (i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, sizeof(text) - len, "%zu ",
		    task_place(tasks[i], &of));
	snprintf(text + len, sizeof(text) - len, "of %zu", of);
	return text;
}

START_TEST(places_in_the_queue)
{
	add(SLEEP);
	add(SLEEP);
	add(SLEEP);
	add(SLEEP);
	ck_assert_str_eq(places(), "1 2 3 4 of 4");
	queue_run(); /* the first goes */
	ck_assert_str_eq(places(), "0 1 2 3 of 3");
	stop(2);
	ck_assert_str_eq(places(), "0 1 0 2 of 2");
	add(SLEEP);
	ck_assert_str_eq(places(), "0 1 0 2 3 of 3");
	stop(4); /* the last */
	add("{\"command\":\"true\",\"options\":{\"priority\":1}}");
	ck_assert_str_eq(places(), "0 2 0 3 0 1 of 3");
}
END_TEST

START_TEST(found_and_counted)
{
	add(SLEEP);
	add(SLEEP);
	add(SLEEP);
	queue_run();
	ck_assert_uint_eq(task_count_live(), 3);
	ck_assert_uint_eq(task_count_queued(), 2);
	ck_assert_uint_eq(task_count_running(false), 1);
	ck_assert_uint_eq(task_count_running(true), 0);
	stop(1);
	ck_assert_uint_eq(task_count_live(), 2);
	ck_assert_ptr_null(task_find_live(2));
	ck_assert_ptr_eq(task_find_live(3), tasks[2]);
	ck_assert_ptr_eq(task_next_live(tasks[0]), tasks[2]);
	ck_assert_ptr_eq(task_live_before(tasks[2]), tasks[0]);
	ck_assert_ptr_null(task_live_before(tasks[0]));
}
END_TEST

START_TEST(found_by_label)
{
	add("{\"command\":\"true\",\"label\":\"a\"}");
	add("{\"command\":\"true\",\"label\":\"b\"}");
	add("{\"command\":\"true\",\"label\":\"a\"}");
	ck_assert_ptr_eq(task_find_labelled("a"), tasks[2]); /* the newest */
	ck_assert_ptr_eq(task_find_labelled("b"), tasks[1]);
	ck_assert_ptr_null(task_find_labelled("c"));
	ck_assert_ptr_null(task_find_grouped("a"));
	stop(2);
	ck_assert_ptr_eq(task_find_labelled("a"), tasks[0]);
	stop(0);
	ck_assert_ptr_null(task_find_labelled("a"));
}
END_TEST

START_TEST(set_aside_and_recalled)
{
	struct task *others[] = { NULL, NULL };

	add(SLEEP);
	add(SLEEP);
	add(SLEEP);
	others[0] = tasks[1];
	others[1] = tasks[2];
	task_set_aside(tasks[0], others, 2);
	ck_assert_ptr_eq(task_next_ready(false, NULL), tasks[1]);
	ck_assert_ptr_eq(task_next_queued(NULL), tasks[0]);
	stop(2); /* either of them will do */
	ck_assert_ptr_eq(task_next_ready(false, NULL), tasks[0]);
	task_set_aside(tasks[0], NULL, 0);
	stop(1);
	ck_assert_ptr_null(task_next_ready(false, NULL));
	task_recall(tasks[0]);
	ck_assert_ptr_eq(task_next_ready(false, NULL), tasks[0]);
	task_set_aside(tasks[0], NULL, 0); /* it ends there */
	stop(0);
	ck_assert_ptr_null(task_next_queued(NULL));
}
END_TEST

UNIT_SUITE
{
	unit_suite("live", setup, teardown, places_in_the_queue,
	    found_and_counted, found_by_label, set_aside_and_recalled, NULL);
}
