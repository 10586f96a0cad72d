/*
 * Labels of tasks that have ended, remembered.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/find/labels.h"
#include "daemon/record/record.h"
#include "daemon/store/delete.h"
#include "daemon/store/files.h"
#include "daemon/store/index.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct error err;

static void
make_ended(const char *label)
{
	struct exitrec exit = taskbox_exit(0);
	char *spec = xasprintf("{\"command\":\"x\",\"label\":\"%s\"}", label);

	task_unref(taskbox_ended(spec, &exit));
	free(spec);
}

static bool
add(const struct labels *names, void *arg)
{
	char *text = arg;

	strcat(text, names->label[0] == '\0' ? "-" : names->label);
	return strlen(text) < 100;
}

/* Returns all labels, newest first. */
static const char *
all(void)
{
	static char text[200];

	text[0] = '\0';
	ck_assert_int_eq(labels_know(&err), 0);
	labels_each(add, text);
	return text;
}

static void delete (uint64_t number)
{
	struct task *task = lookup_number(number, &err);

	ck_assert_int_eq(task_delete(task, &err), 0);
	task_unref(task);
}

START_TEST(are_read_and_followed)
{
	make_ended("a");
	make_ended("b");
	index_forget();
	ck_assert_str_eq(all(), "ba");
	make_ended("c");
	ck_assert_str_eq(all(), "cba");
	delete (2);
	ck_assert_str_eq(all(), "ca");
}
END_TEST

/* A file that is read for its names is not read again. */
START_TEST(are_read_once)
{
	struct task *task;

	make_ended("a");
	make_ended("b");
	ck_assert_str_eq(all(), "ba");
	task = lookup_number(1, &err);
	taskbox_write(task, "spec.json", "no longer JSON");
	ck_assert_str_eq(all(), "ba");
	task_unref(task);
}
END_TEST

START_TEST(damage_has_none)
{
	struct task *task;

	make_ended("a");
	make_ended("b");
	task = lookup_number(1, &err);
	taskbox_write(task, "spec.json", "{\"label\":\"a\"");
	index_forget();
	ck_assert_str_eq(all(), "b-");
	task_unref(task);
}
END_TEST

START_TEST(cannot_be_known_without_a_descriptor)
{
	struct rlimit limit;

	make_ended("a");
	index_forget();
	ck_assert_int_eq(index_know(&err), 0);
	limit = unit_no_descriptors();
	ck_assert_int_eq(labels_know(&err), -1);
	ck_assert(error_passes(&err));
	setrlimit(RLIMIT_NOFILE, &limit);
	ck_assert_str_eq(all(), "a");
}
END_TEST

/* Only so many are known, and older ones when there is room again. */
START_TEST(the_newest_are_known)
{
	char label[2] = "a";
	int i;

	for (i = 0; i < HISTORY_MAX_SCAN + 2; i++) {
		label[0] = i < 3 ? (char)('a' + i) : 'z';
		make_ended(label);
	}
	ck_assert_ptr_null(strchr(all(), 'b'));
	/* the walk ends after a hundred: only the three oldest are left */
	for (i = HISTORY_MAX_SCAN + 2; i > 3; i--)
		delete ((uint64_t)i);
	ck_assert_str_eq(all(), "cba");
}
END_TEST

UNIT_SUITE
{
	unit_suite("labels", taskbox_open, taskbox_close, are_read_and_followed,
	    are_read_once, damage_has_none,
	    cannot_be_known_without_a_descriptor, the_newest_are_known, NULL);
}
