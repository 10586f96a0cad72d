/*
 * Reading output: tails, cursors, characters that are cut.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/task/task.h"
#include "daemon/view/output.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define EURO "\xe2\x82\xac"

static struct task *task;
static struct output out;
static struct error err;

static void
setup(void)
{
	taskbox_open();
	task = taskbox_task("{\"command\":\"true\"}");
}

static void
teardown(void)
{
	free(out.text);
	out.text = NULL;
	task_unref(task);
	taskbox_close();
}

static void
tail(size_t max_chars)
{
	free(out.text);
	ck_assert_msg(output_tail(task_record(task), "stdout", max_chars, &out,
			  &err) == 0,
	    "%s", err.text);
}

static void
from(int64_t cursor, size_t max_chars)
{
	free(out.text);
	ck_assert_msg(output_from(task_record(task), "stdout", cursor,
			  max_chars, &out, &err) == 0,
	    "%s", err.text);
}

static void
expect(int64_t first, int64_t behind, const char *text)
{
	ck_assert_str_eq(out.text, text);
	ck_assert_int_eq(out.from, first);
	ck_assert_int_eq(out.to, behind);
}

START_TEST(all_of_it)
{
	taskbox_write(task, "stdout", "one\ntwo\n");
	tail(100);
	expect(0, 8, "one\ntwo\n");
	ck_assert_int_eq(out.size, 8);
	from(0, 100);
	expect(0, 8, "one\ntwo\n");
	taskbox_write(task, "stdout", "");
	tail(100);
	expect(0, 0, "");
	from(0, 100);
	expect(0, 0, "");
}
END_TEST

START_TEST(a_tail_begins_with_a_line)
{
	taskbox_write(task, "stdout", "0123456789\nab\ncdefghi\n");
	tail(13);
	expect(11, 22, "ab\ncdefghi\n");
	tail(11);
	expect(11, 22, "ab\ncdefghi\n");
	tail(8);
	expect(14, 22, "cdefghi\n");
	/* not when that would leave little */
	tail(5);
	expect(17, 22, "fghi\n");
}
END_TEST

START_TEST(characters_are_counted)
{
	taskbox_write(task, "stdout", EURO EURO EURO EURO "abc");
	tail(5);
	expect(6, 15, EURO EURO "abc");
	from(3, 2);
	expect(3, 9, EURO EURO);
}
END_TEST

START_TEST(a_cursor_goes_on_line_by_line)
{
	taskbox_write(task, "stdout", "aa\nbb\ncc");
	from(0, 5);
	expect(0, 3, "aa\n");
	from(3, 5);
	expect(3, 8, "bb\ncc");
	from(8, 5);
	expect(8, 8, "");
	taskbox_write(task, "stdout", "0123456789\n");
	from(0, 4); /* one line longer than that */
	expect(0, 4, "0123");
}
END_TEST

/* A character that is still being written is not shown as garbage. */
START_TEST(half_a_character_waits)
{
	taskbox_write(task, "stdout", "x\xe2\x82");
	from(0, 100);
	expect(0, 1, "x");
	tail(100);
	expect(0, 1, "x");
	taskbox_write(task, "stdout", "x" EURO);
	from(1, 100);
	expect(1, 4, EURO);
}
END_TEST

START_TEST(bytes_that_are_no_text)
{
	taskbox_write(task, "stdout",
	    "a\xff"
	    "b\x80\n");
	tail(100);
	expect(0, 5,
	    "a\xef\xbf\xbd"
	    "b\xef\xbf\xbd\n");
}
END_TEST

START_TEST(beyond_the_end)
{
	taskbox_write(task, "stdout", "abc");
	free(out.text);
	out.text = NULL;
	ck_assert_int_eq(output_from(task_record(task), "stdout", 4, 10, &out,
			     &err),
	    -1);
	ck_assert_str_eq(err.text,
	    "cursor: 4 is beyond the end, which is 3; it is of "
	    "another file, or the task has cut its own output; go on from "
	    "the end, or with -1 for the tail");
}
END_TEST

START_TEST(no_file)
{
	ck_assert_int_eq(output_tail(task_record(task), "stderr", 10, &out,
			     &err),
	    -1);
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	ck_assert_ptr_null(out.text);
}
END_TEST

/* The task may put anything there. */
START_TEST(traps)
{
	const char *dir = task_record(task)->path;

	ck_assert_int_eq(chdir(store_full_path(dir)), 0);
	ck_assert_int_eq(mkfifo("stdout", 0600), 0);
	ck_assert_int_eq(symlink("/etc/passwd", "stderr"), 0);
	ck_assert_int_eq(output_tail(task_record(task), "stdout", 10, &out,
			     &err),
	    -1);
	ck_assert_ptr_nonnull(strstr(err.text, "is no regular file"));
	ck_assert_int_eq(output_tail(task_record(task), "stderr", 10, &out,
			     &err),
	    -1);
	ck_assert_int_eq(err.code, ERR_SYSTEM);
	ck_assert_int_eq(chdir("/"), 0);
}
END_TEST

START_TEST(a_large_file)
{
	int fd;

	ck_assert_int_eq(chdir(store_full_path(task_record(task)->path)), 0);
	fd = open("stdout", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ck_assert_int_eq(pwrite(fd, "\nend\n", 5, INT64_C(5) << 30), 5);
	close(fd);
	ck_assert_int_eq(chdir("/"), 0);
	tail(4);
	expect((INT64_C(5) << 30) + 1, (INT64_C(5) << 30) + 5, "end\n");
	from((INT64_C(5) << 30) + 1, 100);
	expect((INT64_C(5) << 30) + 1, (INT64_C(5) << 30) + 5, "end\n");
}
END_TEST

UNIT_SUITE
{
	unit_suite("output", setup, teardown, all_of_it,
	    a_tail_begins_with_a_line, characters_are_counted,
	    a_cursor_goes_on_line_by_line, half_a_character_waits,
	    bytes_that_are_no_text, beyond_the_end, no_file, traps,
	    a_large_file, NULL);
}
