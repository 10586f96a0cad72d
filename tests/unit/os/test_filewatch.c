/*
 * Being told that files grow.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/error.h"
#include "daemon/os/filewatch.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define MANY 3

static struct task *tasks[MANY];
static struct filewatch *filewatches[MANY];
static int told[MANY];
static struct error err;

static void
grew(void *arg)
{
	++*(int *)arg;
}

static void
watch(size_t i, const struct task *task)
{
	filewatches[i] = filewatch_new(store_full_path(task_record(task)->path),
	    grew, &told[i], &err);
	ck_assert_msg(filewatches[i] != NULL, "%s", err.text);
}

static void
setup(void)
{
	size_t i;

	taskbox_open();
	for (i = 0; i < MANY; i++)
		tasks[i] = taskbox_task("{\"command\":\"true\"}");
}

static void
teardown(void)
{
	size_t i;

	for (i = 0; i < MANY; i++) {
		filewatch_free(filewatches[i]);
		filewatches[i] = NULL;
		task_unref(tasks[i]);
	}
	taskbox_close();
}

static bool
was_told(void *arg)
{
	return *(int *)arg > 0;
}

START_TEST(each_hears_of_its_own)
{
	watch(0, tasks[0]);
	watch(1, tasks[1]);
	taskbox_write(tasks[1], "stdout", "x");
	taskbox_until(was_told, &told[1]);
	ck_assert_int_eq(told[0], 0);
}
END_TEST

/* Several writes before the loop turns are not one. */
START_TEST(all_hear_of_theirs)
{
	size_t i;

	for (i = 0; i < MANY; i++)
		watch(i, tasks[i]);
	for (i = 0; i < MANY; i++) {
		taskbox_write(tasks[i], "stdout", "x");
		taskbox_write(tasks[i], "stderr", "y");
	}
	for (i = 0; i < MANY; i++)
		taskbox_until(was_told, &told[i]);
}
END_TEST

START_TEST(two_watch_one)
{
	watch(0, tasks[0]);
	watch(1, tasks[0]);
	taskbox_write(tasks[0], "stdout", "x");
	taskbox_until(was_told, &told[0]);
	taskbox_until(was_told, &told[1]);
	filewatch_free(filewatches[0]);
	filewatches[0] = NULL;
	told[1] = 0;
	taskbox_write(tasks[0], "stdout", "xx");
	taskbox_until(was_told, &told[1]);
}
END_TEST

START_TEST(no_such_directory)
{
	ck_assert_ptr_null(filewatch_new(store_full_path("tasks/none"), grew,
	    &told[0], &err));
	ck_assert_int_eq(err.code, ERR_SYSTEM);
	filewatch_free(NULL);
}
END_TEST

static int
lowest_free(void)
{
	int fd = open("/", O_RDONLY | O_CLOEXEC);

	close(fd);
	return fd;
}

/* But for the one instance, which is kept. */
START_TEST(nothing_more_stays_open)
{
	int i, after_first = -1;

	for (i = 0; i < 3; i++) {
		watch(0, tasks[0]);
		filewatch_free(filewatches[0]);
		filewatches[0] = NULL;
		if (i == 0)
			after_first = lowest_free();
	}
	ck_assert_int_eq(lowest_free(), after_first);
}
END_TEST

UNIT_SUITE
{
	unit_suite("filewatch", setup, teardown, each_hears_of_its_own,
	    all_hear_of_theirs, two_watch_one, no_such_directory,
	    nothing_more_stays_open, NULL);
}
