/*
 * What a pass came to, kept on disk: when the next daemon goes by it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/record/record.h"
#include "daemon/retention/kept.h"
#include "daemon/store/delete.h"
#include "daemon/store/files.h"
#include "daemon/store/index.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define TRUE_SPEC "{\"command\":\"true\"}"
#define UUID "11111111-2222-4333-8444-555555555555"

static const struct kept kept = { 20000, 2, 8192, 1, 4096 };

static void
teardown(void)
{
	kept_close();
	taskbox_close();
}

static struct task *
make_ended(void)
{
	struct exitrec exit = taskbox_exit(0);

	return taskbox_ended(TRUE_SPEC, &exit);
}

static void
setup(void)
{
	taskbox_open();
	task_unref(make_ended());
	task_unref(make_ended());
	kept_write(&kept);
}

/* Whether the next daemon goes by it, and what has ended since, by that. */
static bool
is_believed(int64_t ended)
{
	struct kept found = { 0 };
	bool read;

	index_forget();
	read = kept_read(&found);
	if (read) {
		ck_assert_int_eq(found.day, kept.day);
		ck_assert_int_eq(found.tasks, kept.tasks);
		ck_assert_int_eq(found.bytes, kept.bytes);
		ck_assert_int_eq(found.ended, ended);
	}
	return read;
}

START_TEST(what_was_kept)
{
	ck_assert(is_believed(1));
	kept_write(&kept);
	ck_assert(is_believed(1));
	kept_write(NULL);
	ck_assert(!is_believed(1));
}
END_TEST

/* Numbers become shorter in it, too. */
START_TEST(written_over)
{
	struct kept more = kept;

	more.grown = INT64_MAX;
	kept_write(&more);
	kept_write(&kept);
	ck_assert(is_believed(1));
}
END_TEST

START_TEST(deleted_or_cut)
{
	char *text = unit_read("state/retention");
	size_t len;

	for (len = strlen(text) - 1; len-- > 0;) {
		text[len] = '\0';
		unit_write("state/retention", text);
		ck_assert_msg(!is_believed(1), "%s", text);
	}
	free(text);
	ck_assert_int_eq(unlink(unit_path("state/retention")), 0);
	ck_assert(!is_believed(1));
}
END_TEST

/* So that what a power cut has taken is looked for, and nothing torn counts. */
START_TEST(of_another_boot)
{
	char *text = unit_read("state/retention");

	text[2] = text[2] == 'f' ? 'e' : 'f';
	unit_write("state/retention", text);
	ck_assert(!is_believed(1));
	free(text);
}
END_TEST

START_TEST(of_another_version)
{
	char *text = unit_read("state/retention");

	text[0] = '2';
	unit_write("state/retention", text);
	ck_assert(!is_believed(1));
	free(text);
}
END_TEST

START_TEST(under_other_limits)
{
	struct error err;

	unit_write("config", "{\"retention\":{\"max_tasks\":7}}");
	ck_assert_int_eq(config_load(unit_path("config"), &err), 0);
	ck_assert(!is_believed(1));
}
END_TEST

START_TEST(tasks_that_somebody_has_taken_or_put_there)
{
	struct task *task = make_ended();
	struct error err;

	kept_write(&kept);
	ck_assert(is_believed(1));
	store_remove_dir(store_rootfd(), task_record(task)->path);
	ck_assert(!is_believed(1));
	kept_write(&kept);
	ck_assert_int_eq(mkdir(unit_path("state/tasks/2020-01-01"), 0700), 0);
	ck_assert_int_eq(mkdir(unit_path("state/tasks/2020-01-01/1-" UUID),
			     0700),
	    0);
	ck_assert(!is_believed(1));
	kept_write(&kept);
	ck_assert(is_believed(1));
	task_unref(task);
	task = make_ended();
	kept_write(&kept);
	ck_assert_int_eq(store_delete(task_record(task), &err), 0);
	ck_assert(!is_believed(1)); /* killed before it was noted */
	task_unref(task);
}
END_TEST

/* Somebody has taken its name in live/, so it is not adopted. */
START_TEST(a_task_that_is_neither_live_nor_ended)
{
	struct task *task = taskbox_held(TRUE_SPEC);

	ck_assert(is_believed(1)); /* the file does not know it */
	task_forget_all();
	ck_assert(!is_believed(1));
	task_unref(task);
	task = taskbox_held(TRUE_SPEC);
	kept_write(&kept);
	ck_assert(is_believed(1));
	task_forget_all();
	ck_assert(!is_believed(1));
	task_unref(task);
}
END_TEST

/* They are looked at, unless there are too many. */
START_TEST(tasks_that_came_later)
{
	int i;

	task_unref(make_ended());
	task_unref(taskbox_held(TRUE_SPEC)); /* will tell of its end */
	ck_assert(is_believed(2));
	for (i = 0; i < 100; i++)
		task_unref(make_ended());
	ck_assert(!is_believed(2));
}
END_TEST

UNIT_SUITE
{
	unit_suite("kept", setup, teardown, what_was_kept, written_over,
	    deleted_or_cut, of_another_boot, of_another_version,
	    under_other_limits, tasks_that_somebody_has_taken_or_put_there,
	    a_task_that_is_neither_live_nor_ended, tasks_that_came_later, NULL);
}
