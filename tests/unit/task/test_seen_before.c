/*
 * Tasks that were asked for before: requests that come again, keys.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/retention/pass.h"
#include "daemon/session.h"
#include "daemon/store/delete.h"
#include "daemon/store/index.h"
#include "daemon/store/live.h"
#include "daemon/store/notes.h"
#include "daemon/task/inside.h"
#include "daemon/task/life.h"
#include "daemon/task/seen_before.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define N 3
#define ORDINAL 7

static struct task_spec *spec;
static struct task *tasks[N];
static struct error err;

static void
setup(void)
{
	taskbox_open();
	spec = xcalloc(1, sizeof(*spec));
	taskbox_spec("{\"command\":\"true\"}", spec);
}

static void
drop_all(void)
{
	size_t i;

	for (i = 0; i < N; i++) {
		task_unref(tasks[i]);
		tasks[i] = NULL;
	}
}

static void
teardown(void)
{
	drop_all();
	task_spec_free(spec);
	taskbox_close();
}

static int
create(size_t n)
{
	const struct task_group group = { .grouped = true };
	const struct task_spec *specs[N] = { spec, spec, spec };

	return task_create(specs, n, &group, taskbox_session(), ORDINAL, tasks,
	    &err);
}

static int
recall(void)
{
	return seen_before_request(taskbox_session(), ORDINAL, tasks, N, &err);
}

/* Forgets what a daemon knows that has died. */
static void
forget(void)
{
	drop_all();
	task_forget_all();
	index_forget();
}

static void
discard(const struct task *task)
{
	ck_assert_int_eq(store_discard(task_record(task), &err), 0);
	store_settle(task_record(task));
}

static uint64_t
number(size_t i)
{
	return tasks[i] == NULL ? 0 : task_record(tasks[i])->number;
}

START_TEST(nothing_was_accepted)
{
	ck_assert_int_eq(recall(), 0);
	ck_assert_ptr_null(tasks[0]);
	ck_assert_ptr_null(tasks[2]);
}
END_TEST

START_TEST(live_ones)
{
	ck_assert_int_eq(create(N), 0);
	drop_all();
	ck_assert_int_eq(recall(), 0);
	ck_assert_uint_eq(number(0), 1);
	ck_assert_uint_eq(number(2), 3);
	ck_assert_ptr_eq(tasks[1], task_find_live(2));
}
END_TEST

/* The rest is accepted when the request comes again, into the same group. */
START_TEST(some_on_disk)
{
	ck_assert_int_eq(create(N), 0);
	/* as if the daemon had died before these */
	discard(tasks[0]);
	discard(tasks[2]);
	forget();
	ck_assert_int_eq(recall(), 0);
	ck_assert_uint_eq(number(0), 0);
	ck_assert_uint_eq(number(1), 2);
	ck_assert_uint_eq(number(2), 0);
	task_unref(taskbox_task("{\"command\":\"x\"}"));
	life_take_over(tasks[1], false);
	ck_assert_int_eq(create(N), 0);
	ck_assert_uint_eq(number(0), 1);
	ck_assert_uint_eq(number(1), 2);
	ck_assert_uint_eq(number(2), 3);
	ck_assert_str_eq(task_record(tasks[2])->from.group, "g1");
	ck_assert_ptr_eq(task_next_live(NULL), tasks[0]);
	ck_assert_ptr_eq(task_next_live(tasks[1]), tasks[2]);
	forget();
	ck_assert_int_eq(recall(), 0);
	ck_assert_uint_eq(number(2), 3);
}
END_TEST

/* Else it would be done a second time. */
START_TEST(what_cannot_be_seen_is_not_taken_for_undone)
{
	struct rlimit limit;
	int seen;

	ck_assert_int_eq(create(N), 0);
	discard(tasks[0]);
	forget();
	limit = unit_no_descriptors();
	seen = recall();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_int_eq(seen, -1);
	ck_assert_ptr_null(tasks[1]);
	ck_assert_ptr_nonnull(strstr(err.text, "nothing was started"));
	ck_assert_int_eq(recall(), 0);
	ck_assert_uint_eq(number(1), 2);
}
END_TEST

START_TEST(of_another_request)
{
	ck_assert_int_eq(create(N), 0);
	drop_all();
	ck_assert_int_eq(seen_before_request(taskbox_session(), ORDINAL + 1,
			     tasks, N, &err),
	    0);
	ck_assert_ptr_null(tasks[0]);
}
END_TEST

/* What has ended is found, although the clock says that it is years old. */
START_TEST(a_clock_that_jumps)
{
	char *day, *from;

	ck_assert_int_eq(create(1), 0);
	day = xstrndup(task_record(tasks[0])->path, strlen("tasks/2026-01-01"));
	forget();
	from = xasprintf("state/%s", day);
	ck_assert_int_eq(rename(unit_path(from),
			     unit_path("state/tasks/2001-01-01")),
	    0);
	ck_assert_int_eq(recall(), 0);
	ck_assert_uint_eq(number(0), 1);
	free(from);
	free(day);
}
END_TEST

START_TEST(one_was_cleaned_up)
{
	ck_assert_int_eq(create(2), 0);
	ck_assert_int_eq(store_delete(task_record(tasks[1]), &err), 0);
	forget();
	ck_assert_int_eq(recall(), -1);
	ck_assert_str_eq(err.text,
	    "t2 was started by this call: it was cleaned up since");
	ck_assert_ptr_null(tasks[0]);
}
END_TEST

/* Two may delete one task at the same time, and its tombstone stays. */
START_TEST(deleted_twice)
{
	ck_assert_int_eq(create(1), 0);
	ck_assert_int_eq(store_delete(task_record(tasks[0]), &err), 0);
	ck_assert_int_eq(store_delete(task_record(tasks[0]), &err), 0);
	forget();
	ck_assert_int_eq(recall(), -1);
}
END_TEST

/* A group that could not be accepted whole leaves no trace. */
START_TEST(after_a_failure)
{
	char uuid[37], *link;

	seen_before_uuid(taskbox_session(), ORDINAL, 1, uuid);
	link = xasprintf("state/live/2-%s", uuid);
	ck_assert_int_eq(symlink("in-the-way", unit_path(link)), 0);
	ck_assert_int_eq(create(2), -1);
	ck_assert_int_eq(recall(), 0);
	ck_assert_ptr_null(tasks[0]);
	ck_assert_ptr_null(tasks[1]);
	free(link);
}
END_TEST

static struct task *
by(const char *key)
{
	struct task *task;

	ck_assert_int_eq(seen_before_key(key, &task, &err), 0);
	return task;
}

/* Nothing may be started while that cannot be told. */
START_TEST(key_that_cannot_be_followed)
{
	struct task *task;

	task_unref(taskbox_task("{\"command\":\"x\","
				"\"options\":{\"key\":\"k\"}}"));
	ck_assert_int_eq(rename(unit_path("state/keys"),
			     unit_path("state/keys.away")),
	    0);
	ck_assert_int_eq(symlink("keys", unit_path("state/keys")), 0);
	ck_assert_int_eq(seen_before_key("k", &task, &err), -1);
	ck_assert_ptr_null(task);
	ck_assert_int_eq(err.errnum, ELOOP);
	ck_assert_int_eq(unlink(unit_path("state/keys")), 0);
	ck_assert_ptr_null(by("k"));
	ck_assert_int_eq(rename(unit_path("state/keys.away"),
			     unit_path("state/keys")),
	    0);
	task = by("k");
	ck_assert_uint_eq(task_record(task)->number, 1);
	task_unref(task);
}
END_TEST

START_TEST(by_key)
{
	struct task *task, *again;

	ck_assert_ptr_null(by("k/1"));
	task =
	    taskbox_task("{\"command\":\"x\",\"options\":{\"key\":\"k/1\"}}");
	again = by("k/1");
	ck_assert_ptr_eq(again, task);
	task_unref(again);
	ck_assert_ptr_null(by("k/2"));
	task = taskbox_reopen(task);
	again = by("k/1");
	ck_assert_uint_eq(task_record(again)->number, 1);
	task_unref(again);
	task_unref(task);
}
END_TEST

START_TEST(key_of_a_deleted_one)
{
	struct task *task, *again;

	task = taskbox_task("{\"command\":\"x\",\"options\":{\"key\":\"k\"}}");
	task_forget_all();
	ck_assert_int_eq(store_delete(task_record(task), &err), 0);
	ck_assert_ptr_null(by("k"));
	task_unref(task);
	task = taskbox_task("{\"command\":\"x\",\"options\":{\"key\":\"k\"}}");
	again = by("k");
	ck_assert_uint_eq(task_record(again)->number, 2);
	task_unref(again);
	task_unref(task);
}
END_TEST

/* The clock is set ahead by years, and a key is for a day. */
START_TEST(key_and_a_clock_that_jumps)
{
	struct task *task, *again;

	task = taskbox_task("{\"command\":\"x\",\"options\":{\"key\":\"k\"}}");
	free(task->rec.from.created_at);
	task->rec.from.created_at = xstrdup("2001-01-01T00:00:00.000Z");
	again = by("k");
	ck_assert_ptr_eq(again, task);
	task_unref(again);
	free(task->rec.from.boot);
	task->rec.from.boot = xstrdup("another");
	ck_assert_ptr_null(by("k"));
	task_unref(task);
}
END_TEST

static bool
fits(const struct task *task, const char *json)
{
	taskbox_spec(json, spec);
	return task_fits(task, spec, taskbox_session());
}

START_TEST(same_spec)
{
	struct task *task = taskbox_task("{\"command\":\"x\",\"label\":\"a\","
					 "\"options\":{\"key\":\"k\"}}");

	ck_assert(fits(task,
	    "{\"label\":\"a\",\"command\":\"x\","
	    "\"options\":{\"key\":\"k\"}}"));
	ck_assert(!fits(task,
	    "{\"label\":\"a\",\"command\":\"y\","
	    "\"options\":{\"key\":\"k\"}}"));
	ck_assert(!fits(task,
	    "{\"label\":\"a\",\"command\":[\"x\"],"
	    "\"options\":{\"key\":\"k\"}}"));
	ck_assert(!fits(task,
	    "{\"label\":\"a\",\"command\":\"x\",\"timeout_s\":1,"
	    "\"options\":{\"key\":\"k\"}}"));
	task_unref(task);
}
END_TEST

START_TEST(same_prompt)
{
	struct task *task = taskbox_task("{\"prompt\":\"do it\","
					 "\"options\":{\"key\":\"k\"}}");

	ck_assert(fits(task,
	    "{\"prompt\":\"do it\",\"options\":{\"key\":\"k\"}}"));
	ck_assert(!fits(task,
	    "{\"prompt\":\"do it!\",\"options\":{\"key\":\"k\"}}"));
	ck_assert(!fits(task,
	    "{\"prompt\":\"do\",\"options\":{\"key\":\"k\"}}"));
	task_unref(task);
}
END_TEST

static char *
note(uint64_t ordinal)
{
	return store_read_note(taskbox_session()->uuid, ordinal);
}

START_TEST(notes)
{
	const char *session = taskbox_session()->uuid;
	char *text;

	ck_assert_ptr_null(note(1));
	ck_assert_int_eq(store_write_note(session, 1, "7 100\n", &err), 0);
	ck_assert_int_eq(store_write_note(session, 11, "8 0\n", &err), 0);
	text = note(1);
	ck_assert_str_eq(text, "7 100\n");
	free(text);
	store_drop_old_notes();
	store_drop_notes("01234567-89ab-4def-8123-456789abcdef");
	text = note(11);
	ck_assert_str_eq(text, "8 0\n");
	free(text);
	store_drop_notes(session);
	ck_assert_ptr_null(note(1));
	ck_assert_ptr_null(note(11));
}
END_TEST

static void
pass_over(const struct pass_sum *sum, void *arg)
{
	(void)sum;
	(void)arg;
}

/* Notes of sessions that an earlier daemon had. */
START_TEST(old_notes_go_with_a_pass_of_retention)
{
	struct timespec times[2] = { { 0 } };
	char *path = xasprintf("state/calls/%s-1", taskbox_session()->uuid);
	struct stat st;

	ck_assert_int_eq(store_write_note(taskbox_session()->uuid, 1, "7 100\n",
			     &err),
	    0);
	pass_free(pass_new(false, pass_over, NULL));
	ck_assert_int_eq(stat(unit_path(path), &st), 0);
	times[0].tv_sec = times[1].tv_sec = st.st_mtime - 2 * 24 * 3600;
	ck_assert_int_eq(utimensat(AT_FDCWD, unit_path(path), times, 0), 0);
	pass_free(pass_new(true, pass_over, NULL));
	ck_assert_int_eq(stat(unit_path(path), &st), 0);
	pass_free(pass_new(false, pass_over, NULL));
	ck_assert_int_eq(stat(unit_path(path), &st), -1);
	free(path);
}
END_TEST

UNIT_SUITE
{
	unit_suite("seen_before", setup, teardown, nothing_was_accepted,
	    live_ones, some_on_disk, a_clock_that_jumps,
	    what_cannot_be_seen_is_not_taken_for_undone, of_another_request,
	    one_was_cleaned_up, deleted_twice, after_a_failure, by_key,
	    key_and_a_clock_that_jumps, key_of_a_deleted_one, same_spec,
	    same_prompt, notes, key_that_cannot_be_followed,
	    old_notes_go_with_a_pass_of_retention, NULL);
}
