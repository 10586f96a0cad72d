/*
 * What is not synced yet: batches, who waits for which, and names that stay
 * until then.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/mem.h"
#include "daemon/store/refusals.h"
#include "daemon/store/unsynced.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static unsigned batches;

static void
count(void)
{
	batches++;
}

static void
start(void)
{
	const char *build = getenv("CCPROC_BUILD");
	char *program = xasprintf("%s/ccprocd", build == NULL ? "." : build);

	unsynced_start(program, count);
	free(program);
}

static void
setup(void)
{
	taskbox_open();
	batches = 0;
	start();
	unit_write("state/name", "x");
}

static void
teardown(void)
{
	unsynced_stop();
	taskbox_close();
}

static bool
over(void *arg)
{
	return unsynced_over(*(struct unsynced_span *)arg);
}

static bool
there(void)
{
	return access(unit_path("state/name"), F_OK) == 0;
}

START_TEST(nothing_is_waited_for)
{
	ck_assert_uint_eq(unsynced_now().first, 0);
	ck_assert(unsynced_over(unsynced_now()));
	ck_assert(!unsynced_refused(unsynced_now()));
}
END_TEST

START_TEST(a_turn_is_one_batch)
{
	struct unsynced_span span;

	unsynced_top("name");
	unsynced_top("name");
	unsynced_folder("live");
	unsynced_file("tasks", "none");
	span = unsynced_now();
	ck_assert_uint_eq(span.first, span.last);
	ck_assert(!unsynced_over(span));
	taskbox_until(over, &span);
	ck_assert_uint_eq(batches, 1);
	ck_assert(!unsynced_refused(span));
	ck_assert_uint_eq(unsynced_now().first, 0);
}
END_TEST

START_TEST(a_name_stays_until_then)
{
	struct unsynced_span span;

	unsynced_top("name");
	unsynced_then_remove("name");
	ck_assert(there());
	span = unsynced_now();
	taskbox_until(over, &span);
	ck_assert(!there());
}
END_TEST

START_TEST(a_name_goes_at_once_without_a_batch)
{
	unsynced_then_remove("name");
	ck_assert(!there());
}
END_TEST

START_TEST(a_name_that_is_needed_again_stays)
{
	struct unsynced_span span;

	unsynced_top("name");
	unsynced_then_remove("name");
	unsynced_keep("name");
	span = unsynced_now();
	taskbox_until(over, &span);
	ck_assert(there());
}
END_TEST

/* A slow disk, and all tasks that may be live end and are queued again. */
START_TEST(many_names_are_kept_without_a_search)
{
	struct unsynced_span span;
	char path[32];
	int i;

	unsynced_top("name");
	unsynced_then_remove("name");
	for (i = 0; i < 20000; i++) {
		snprintf(path, sizeof(path), "live/%d", i);
		unsynced_then_remove(path);
	}
	for (i = 0; i < 20000; i++) {
		snprintf(path, sizeof(path), "live/%d", i);
		unsynced_keep(path);
	}
	span = unsynced_now();
	taskbox_until(over, &span);
	ck_assert(!there());
}
END_TEST

START_TEST(a_refusal_is_of_all_tasks_of_its_batch)
{
	static const char day[] = "tasks/2026-01-01/7-u";
	struct unsynced_span span;
	char name[300];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	unsynced_file(day, "spec.json");
	unsynced_file("tasks", name); /* too long for any disk */
	span = unsynced_now();
	taskbox_until(over, &span);
	ck_assert(unsynced_refused(span));
	ck_assert_ptr_nonnull(strstr(unsynced_why(), "File name too long"));
	ck_assert_ptr_nonnull(unsynced_task(7));
	ck_assert_ptr_null(unsynced_task(8));
	unsynced_top("name");
	ck_assert(!unsynced_refused(unsynced_now()));

	/* the next daemon of this boot knows it, that of another asks the disk */
	unsynced_stop();
	start();
	ck_assert_ptr_null(unsynced_task(7));
	refusals_recall();
	ck_assert_ptr_nonnull(unsynced_task(7));
	ck_assert_ptr_null(unsynced_task(8));
	unsynced_stop();
	start();
	unit_write("state/refused", "another-boot 7\n");
	refusals_recall();
	ck_assert_ptr_null(unsynced_task(7));
	ck_assert_int_ne(access(unit_path("state/refused"), F_OK), 0);
}
END_TEST

/* In whatever order they were refused. */
START_TEST(ranges_that_the_disk_has_refused)
{
	refusals_add(70);
	refusals_add(7);
	refusals_add(30);
	refusals_add(7);
	ck_assert(refusals_has(7, 7));
	ck_assert(refusals_has(1, 10));
	ck_assert(refusals_has(8, 30));
	ck_assert(refusals_has(70, 71));
	ck_assert(!refusals_has(1, 6));
	ck_assert(!refusals_has(8, 29));
	ck_assert(!refusals_has(71, 1000));
	refusals_keep();
	refusals_clear();
	ck_assert(!refusals_has(1, 100));
	refusals_recall();
	ck_assert(refusals_has(7, 7));
	ck_assert(refusals_has(31, 70));
	ck_assert(!refusals_has(31, 69));
}
END_TEST

UNIT_SUITE
{
	unit_suite("unsynced", setup, teardown, nothing_is_waited_for,
	    a_turn_is_one_batch, ranges_that_the_disk_has_refused,
	    a_name_stays_until_then, a_name_goes_at_once_without_a_batch,
	    a_name_that_is_needed_again_stays,
	    many_names_are_kept_without_a_search,
	    a_refusal_is_of_all_tasks_of_its_batch, NULL);
}
