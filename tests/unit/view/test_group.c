/*
 * Several tasks as one text: the verdict, the order, who is shortened first.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "daemon/view/group.h"
#include "daemon/view/several.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define DOT " \xc2\xb7 "
#define MANY 50

static struct task *tasks[MANY];
static size_t n;

static void
setup(void)
{
	taskbox_open();
	n = 0;
}

static void
teardown(void)
{
	while (n > 0)
		task_unref(tasks[--n]);
	taskbox_close();
}

static void
add_ended(int code, const char *label, const char *out, const char *err)
{
	struct exitrec exit = taskbox_exit(code);
	char *spec = label == NULL ?
	    xstrdup("{\"command\":\"x\"}") :
	    xasprintf("{\"command\":\"x\",\"label\":\"%s\"}", label);

	tasks[n++] = taskbox_ended_with(spec, &exit, out, err);
	free(spec);
}

static void
add_queued(void)
{
	tasks[n++] = taskbox_task("{\"command\":\"x\"}");
}

/* Returns so many lines of ten bytes, no two of which are the same. */
static char *
lines(size_t count)
{
	struct buf out = { 0 };

	while (count-- > 0)
		buf_printf(&out, "%09zu\n", count);
	return buf_steal(&out);
}

static void
expect_verdict(bool whole, const char *expected)
{
	char *text = view_verdict(tasks, n, whole);

	ck_assert_str_eq(text, expected);
	free(text);
}

static void
expect_text(bool brief, const char *expected)
{
	char *text = view_tasks(tasks, n, brief, RESULT_CHARS, 45);

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(a_verdict_tells_who_failed)
{
	add_ended(0, "a", NULL, NULL);
	expect_verdict(false, "t1 a completed" DOT "1.2 s");
	add_ended(0, NULL, NULL, NULL);
	expect_verdict(false, "2 tasks: 2 completed");
	add_ended(3, "bad", NULL, NULL);
	expect_verdict(false, "3 tasks: 3 ended, 1 failed: t3 bad");
	add_queued();
	expect_verdict(false,
	    "4 tasks: 3 of 4 ended, 1 failed: t3 bad; 1 queued");
	add_ended(1, NULL, NULL, NULL);
	expect_verdict(false,
	    "5 tasks: 4 of 5 ended, 2 failed: t3 bad, t5; 1 queued");
}
END_TEST

START_TEST(many_are_ranges)
{
	struct buf out = { 0 };
	size_t i;

	for (i = 0; i < 12; i++)
		add_ended(i == 5 ? 0 : 1, "a", NULL, NULL);
	expect_verdict(false, "12 tasks: 12 ended, 11 failed: t1-t5, t7-t12");
	view_started(tasks, 2, &out);
	ck_assert_str_eq(out.data,
	    "t1 a failed: exit code 1" DOT "1.2 s, "
	    "t2 a failed: exit code 1" DOT "1.2 s");
	buf_clear(&out);
	teardown();
	setup();
	for (i = 0; i < 50; i++)
		add_queued();
	view_started(tasks, n, &out);
	ck_assert_str_eq(out.data, "t1-t50: 50 queued");
	buf_clear(&out);
	expect_text(false,
	    "50 tasks: 0 of 50 ended, 50 queued\n\nt1-t50: 50 queued\n\n"
	    "next: check_tasks {\"ids\":[\"t1\",\"t2\",\"t3\",\"t4\",\"t5\","
	    "\"t6\",\"t7\",\"t8\",\"t9\",\"t10\",\"t11\",\"t12\",\"t13\","
	    "\"t14\",\"t15\",\"t16\",\"t17\",\"t18\",\"t19\",\"t20\",\"t21\","
	    "\"t22\",\"t23\",\"t24\",\"t25\",\"t26\",\"t27\",\"t28\",\"t29\","
	    "\"t30\",\"t31\",\"t32\",\"t33\",\"t34\",\"t35\",\"t36\",\"t37\","
	    "\"t38\",\"t39\",\"t40\",\"t41\",\"t42\",\"t43\",\"t44\",\"t45\","
	    "\"t46\",\"t47\",\"t48\",\"t49\",\"t50\"],\"wait_s\":45}");
}
END_TEST

START_TEST(what_failed_comes_first)
{
	add_ended(0, "a", "fine\n", NULL);
	add_ended(0, "quiet", NULL, NULL);
	add_ended(0, "too", NULL, NULL);
	add_ended(3, "bad", "trying\n", "no\n");
	add_queued();
	expect_text(false,
	    "5 tasks: 4 of 5 ended, 1 failed: t4 bad; 1 queued\n\n"
	    "t4 bad failed: exit code 3" DOT "1.2 s\ntrying\n[stderr]\nno\n\n"
	    "t1 a completed" DOT "1.2 s\nfine\n\n"
	    "t2 quiet completed" DOT "1.2 s\n"
	    "t3 too completed" DOT "1.2 s\n"
	    "t5 queued\n\n"
	    "next: check_tasks {\"ids\":[\"t5\"],\"wait_s\":45}");
	expect_text(true,
	    "5 tasks: 4 of 5 ended, 1 failed: t4 bad; 1 queued\n"
	    "t4 bad failed: exit code 3" DOT "1.2 s\n"
	    "t1 a completed" DOT "1.2 s\n"
	    "t2 quiet completed" DOT "1.2 s\n"
	    "t3 too completed" DOT "1.2 s\n"
	    "t5 queued");
}
END_TEST

/* Fifty good ones are short, one of them that fails is whole. */
START_TEST(what_completed_is_short)
{
	char *out = lines(390), *text;
	size_t i;

	for (i = 0; i < MANY - 1; i++)
		add_ended(0, NULL, out, NULL);
	add_ended(1, "bad", NULL, out);
	text = view_tasks(tasks, n, false, RESULT_CHARS, 45);
	ck_assert_uint_lt(strlen(text), 14000);
	ck_assert_ptr_nonnull(strstr(text,
	    "ended, 1 failed: t50 bad\n\n"
	    "t50 bad failed: exit code 1"));
	/* half of what it may say is for stderr */
	ck_assert_uint_gt(strstr(text, "\nt1 completed") - text, 1900);
	ck_assert_ptr_nonnull(strstr(text,
	    "\n[what is cut: read_output {\"id\":\"t1\",\"cursor\":0}, and so "
	    "for each]"));
	free(text);
	/* who asks for more gets it */
	text = view_tasks(tasks, 4, false, RESULT_CHARS + 1, 45);
	ck_assert_uint_gt(strlen(text), (size_t)4 * 3900);
	free(text);
	free(out);
}
END_TEST

START_TEST(failures_give_way_last)
{
	char *out = lines(2900), *text;
	size_t i;

	for (i = 0; i < 10; i++)
		add_ended(i == 9 ? 1 : 0, NULL, out, out);
	text = view_tasks(tasks, n, false, 30000, 45);
	ck_assert_uint_le(utf8_chars(text, strlen(text)), ANSWER_MAX_CHARS);
	/* both streams of the failure have what they asked for */
	ck_assert_uint_gt(strstr(text, "\nt1 completed") - text, 29000);
	free(text);
	text = view_tasks(tasks + 9, 1, false, 30000, 45);
	ck_assert_uint_gt(strlen(text), 29000);
	free(text);
	free(out);
}
END_TEST

UNIT_SUITE
{
	unit_suite("group", setup, teardown, a_verdict_tells_who_failed,
	    many_are_ranges, what_failed_comes_first, what_completed_is_short,
	    failures_give_way_last, NULL);
}
