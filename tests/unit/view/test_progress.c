/*
 * What agent tasks do: which part of their output is read.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/agent/activity.h"
#include "daemon/task/task.h"
#include "daemon/view/output.h"
#include "daemon/view/progress.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define AGENT "{\"prompt\":\"x\"}"
#define SAYS(text) \
	"{\"type\":\"assistant\",\"message\":{\"id\":\"m-" text \
	"\",\"usage\":{\"input_tokens\":7},\"content\":[{\"type\":\"text\"," \
	"\"text\":\"" text "\"}]}}\n"
#define LOOK 1000

static struct activity activity;
static struct output out;
static struct error err;

static int
look(const struct task *task, int64_t cursor)
{
	activity_clear(&activity);
	return progress_read(task_record(task), cursor, LOOK, &activity, &out,
	    &err);
}

static void
expect(const char *lines, int64_t from, int64_t to, int64_t size)
{
	char *text = activity_all(&activity);

	ck_assert_str_eq(text, lines);
	ck_assert_int_eq(out.from, from);
	ck_assert_int_eq(out.to, to);
	ck_assert_int_eq(out.size, size);
	free(text);
}

/* Returns n bytes: a line of a tool's output, without its newline. */
static char *
noise(size_t n)
{
	char *line = xcalloc(1, n + 1);

	memset(line, 'x', n);
	return line;
}

START_TEST(nothing_there)
{
	struct task *task = taskbox_task(AGENT);
	struct progress progress;

	ck_assert_int_eq(look(task, -1), -1);
	ck_assert_int_eq(err.code, ERR_NOT_FOUND);
	ck_assert_ptr_null(progress_digest(task_record(task), 100));
	progress_look(task_record(task), 100, &progress);
	ck_assert_ptr_null(progress.newest);
	ck_assert_int_eq(progress.turns, -1);
	taskbox_write(task, "stdout", "");
	ck_assert_int_eq(look(task, -1), 0);
	expect("", 0, 0, 0);
	ck_assert_int_eq(look(task, 1), -1);
	ck_assert_int_eq(err.code, ERR_INVALID);
	task_unref(task);
}
END_TEST

START_TEST(whole_lines_from_a_cursor)
{
	static const char one[] = SAYS("one"), two[] = SAYS("two");
	struct task *task = taskbox_task(AGENT);
	int64_t size = (int64_t)(strlen(one) + strlen(two) + 3);

	taskbox_write(task, "stdout", SAYS("one") SAYS("two") "{\"t");
	ck_assert_int_eq(look(task, -1), 0);
	expect("says: one\nsays: two", 0, size - 3, size);
	ck_assert_int_eq(look(task, (int64_t)strlen(one)), 0);
	expect("says: two", (int64_t)strlen(one), size - 3, size);
	ck_assert_int_eq(look(task, size - 3), 0);
	expect("", size - 3, size - 3, size);
	task_unref(task);
}
END_TEST

/* A reader far behind gets the newest part, and is not behind any more. */
START_TEST(never_behind)
{
	struct task *task = taskbox_task(AGENT);
	char *x = noise(300), *text;
	size_t len;

	text = xasprintf("%s%s\n%s\n%s\n%s\n%s", SAYS("one"), x, x, x, x,
	    SAYS("two"));
	taskbox_write(task, "stdout", text);
	len = strlen(text);
	ck_assert_int_eq(look(task, 0), 0);
	ck_assert_int_eq(out.to, (int64_t)len);
	ck_assert_int_gt(out.from, (int64_t)len - LOOK);
	ck_assert_uint_eq(activity.usage.messages, 1);
	free(text);
	text = activity_digest(&activity, 100);
	ck_assert_int_eq(strncmp(text, "of late: 1 turn", 15), 0);
	free(text);
	ck_assert_int_eq(look(task, (int64_t)len - LOOK + 1), 0);
	text = activity_digest(&activity, 100);
	ck_assert_int_eq(strncmp(text, "1 turn", 6), 0);
	free(text);
	text = activity_newest(&activity, 100);
	ck_assert_str_eq(text, "says: two");
	free(text);
	free(x);
	task_unref(task);
}
END_TEST

START_TEST(a_line_longer_than_a_look)
{
	struct task *task = taskbox_task(AGENT);
	char *x = noise(3000), *text;
	size_t len;

	text = xasprintf("%s%s", SAYS("one"), x);
	taskbox_write(task, "stdout", text);
	len = strlen(text);
	ck_assert_int_eq(look(task, 0), 0);
	expect("", (int64_t)len - LOOK, (int64_t)len, (int64_t)len);
	ck_assert_uint_eq(activity.passed_over, 1);
	free(text);
	text = xasprintf("%s%sxx\n%s", SAYS("one"), x, SAYS("two"));
	taskbox_write(task, "stdout", text);
	ck_assert_int_eq(look(task, (int64_t)len), 0);
	expect("xx\nsays: two", (int64_t)len, (int64_t)strlen(text),
	    (int64_t)strlen(text));
	free(text);
	free(x);
	task_unref(task);
}
END_TEST

START_TEST(the_last_line_of_one_that_ended)
{
	struct exitrec exit = taskbox_exit(0);
	struct task *task = taskbox_ended_with(AGENT, &exit,
	    SAYS("one") "plain words", NULL);

	ck_assert_int_eq(look(task, -1), 0);
	ck_assert_int_eq(out.to, out.size);
	expect("says: one\nplain words", 0, out.size, out.size);
	ck_assert(!progress_is_there(task_record(task)));
	task_unref(task);
}
END_TEST

START_TEST(turns_only_where_all_were_seen)
{
	struct task *task = taskbox_task(AGENT);
	struct progress progress;
	char *x = noise(PROGRESS_TAIL_BYTES), *text;

	taskbox_write(task, "stdout", SAYS("one") SAYS("two"));
	progress_look(task_record(task), 8, &progress);
	ck_assert_int_eq(progress.turns, 2);
	ck_assert_double_eq(progress.cost_usd, -1);
	ck_assert_ptr_nonnull(strstr(progress.tokens, "\"input_tokens\":14"));
	ck_assert_str_eq(progress.newest, "says:\xe2\x80\xa6");
	progress_clear(&progress);
	text = xasprintf("%s%s\n%s", SAYS("one"), x, SAYS("two"));
	taskbox_write(task, "stdout", text);
	progress_look(task_record(task), 80, &progress);
	ck_assert_int_eq(progress.turns, -1);
	ck_assert_ptr_null(progress.tokens);
	ck_assert_str_eq(progress.newest, "says: two");
	progress_clear(&progress);
	free(text);
	free(x);
	task_unref(task);
}
END_TEST

static void
close_all(void)
{
	activity_clear(&activity);
	taskbox_close();
}

UNIT_SUITE
{
	unit_suite("progress", taskbox_open, close_all, nothing_there,
	    whole_lines_from_a_cursor, never_behind, a_line_longer_than_a_look,
	    the_last_line_of_one_that_ended, turns_only_where_all_were_seen,
	    NULL);
}
