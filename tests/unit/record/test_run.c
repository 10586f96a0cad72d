/*
 * The runs of a task on disk: which one counts, what they take, how they go.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/exitrec.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/record/run.h"
#include "daemon/store/delete.h"
#include "daemon/store/name.h"
#include "daemon/store/survey.h"
#include "daemon/store/trash.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct error err;

/* A directory with runs by these names; those with a + have ended. */
static int
directory(const char *const *names)
{
	char path[64];
	size_t len;

	ck_assert_int_eq(mkdir(unit_path("task"), 0700), 0);
	for (; *names != NULL; names++) {
		len = strcspn(*names, "+");
		snprintf(path, sizeof(path), "task/%.*s", (int)len, *names);
		if (len > 0)
			ck_assert_int_eq(mkdir(unit_path(path), 0700), 0);
		if ((*names)[len] != '+')
			continue;
		snprintf(path, sizeof(path), "task/%.*s/exit.json", (int)len,
		    *names);
		unit_write(path, "{}");
	}
	return open(unit_path("task"), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

#define DIRECTORY(...) directory((const char *const[]){ __VA_ARGS__, NULL })

START_TEST(which_counts)
{
	struct run run;
	int fd = DIRECTORY("+", "run-2+", "retry-3+", "run-4", "run-5",
	    "run-7");

	ck_assert_int_eq(run_find(fd, 0, &run), 0);
	ck_assert_str_eq(run.name, "run-4");
	ck_assert_uint_eq(run.number, 4);
	ck_assert_uint_eq(run.turn, 4);
	ck_assert_uint_eq(run.count, 5); /* there is no sixth */
	ck_assert_int_eq(run_find(fd, 1, &run), 0);
	ck_assert_str_eq(run.name, "");
	ck_assert_int_eq(run_find(fd, 2, &run), 0);
	ck_assert_str_eq(run.name, "retry-3");
	ck_assert_uint_eq(run.turn, 2);
	ck_assert_int_eq(run_find(fd, 3, &run), -1); /* no turn's first */
	ck_assert_int_eq(run_find(fd, 7, &run), -1);
	ck_assert_int_eq(run_find_number(fd, 3, &run), 0);
	ck_assert_str_eq(run.name, "retry-3");
	ck_assert_int_eq(run_find_number(fd, 6, &run), -1);
	close(fd);
}
END_TEST

START_TEST(all_have_ended)
{
	struct run run;
	int fd = DIRECTORY("+", "run-2+");

	ck_assert_int_eq(run_find(fd, 0, &run), 0);
	ck_assert_uint_eq(run.number, 2);
	close(fd);
}
END_TEST

/* Adds a run to an ended agent, as a reply does. */
static struct task *
replied(void)
{
	const struct exitrec exit = taskbox_exit(0);
	const struct task_message message = { .text = "more" };
	struct task *live,
	    *task = taskbox_ended_with("{\"prompt\":\"x\"}", &exit,
		"{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,"
		"\"num_turns\":1,\"result\":\"first\",\"session_id\":\"s-1\"}\n",
		NULL);

	live = task_reply(task, &message, taskbox_session(), 77, &err);
	ck_assert_msg(live != NULL, "%s", err.text);
	task_unref(task);
	return live;
}

START_TEST(a_reply_is_one_more_run)
{
	struct task *task = replied(), *first;
	const struct record *rec = task_record(task);
	struct store_usage usage;
	char *text;

	ck_assert_uint_eq(rec->run.number, 2);
	ck_assert_int_eq(rec->state, STATE_QUEUED);
	text = taskbox_read(task, "run-2/prompt");
	ck_assert_str_eq(text, "more");
	free(text);
	ck_assert_int_eq(task_was_replied(task, taskbox_session(), 77, &err),
	    2);
	ck_assert_int_eq(task_was_replied(task, taskbox_session(), 78, &err),
	    0);
	store_survey(rec->path, &usage); /* so retention leaves it alone */
	ck_assert_int_eq(usage.ended_at, -1);
	first = task_at_turn(task, 1, &err);
	ck_assert_ptr_nonnull(first);
	ck_assert_int_eq(task_record(first)->state, STATE_COMPLETED);
	ck_assert_ptr_null(task_at_turn(task, 3, &err));
	task_unref(first);
	task_unref(task);
}
END_TEST

START_TEST(a_stop_keeps_the_result_in_sight)
{
	struct task *task = replied();

	ck_assert_int_eq(task_stop(task, KEEPER_GRACEFUL, 1, &err), 0);
	ck_assert_int_eq(task_record(task)->state, STATE_CANCELLED);
	task = taskbox_reopen(task);
	ck_assert_int_eq(task_record(task)->state, STATE_CANCELLED);
	ck_assert_ptr_nonnull(task_record(task)->result);
	task_unref(task);
}
END_TEST

START_TEST(is_deleted_with_its_runs)
{
	struct task *task = replied();
	struct stat st;
	char path[160];

	ck_assert_int_eq(task_stop(task, KEEPER_GRACEFUL, 1, &err), 0);
	snprintf(path, sizeof(path), "state/trash/1-%s",
	    task_record(task)->from.uuid);
	ck_assert_int_eq(store_delete(task_record(task), &err), 0);
	ck_assert_int_eq(stat(unit_path(path), &st), 0);
	while (trash_empty())
		continue;
	ck_assert_int_eq(stat(unit_path(path), &st), -1);
	task_unref(task);
}
END_TEST

START_TEST(a_damaged_run_is_told)
{
	struct task *task = replied();
	const struct record *rec = task_record(task);
	struct store_name name = { .number = rec->number };

	snprintf(name.path, sizeof(name.path), "%s", rec->path);
	taskbox_write(task, "run-2/run.json",
	    "{\"version\":99,\"uuid\":\"u\","
	    "\"created_at\":\"\"}");
	task_forget_all();
	task_unref(task);
	ck_assert_ptr_null(task_open(&name, &err));
	ck_assert_ptr_nonnull(strstr(err.text,
	    "run-2: run.json: version 99 is newer"));
}
END_TEST

UNIT_SUITE
{
	unit_suite("run", taskbox_open, taskbox_close, which_counts,
	    all_have_ended, a_reply_is_one_more_run,
	    a_stop_keeps_the_result_in_sight, is_deleted_with_its_runs,
	    a_damaged_run_is_told, NULL);
}
