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
#include "common/timefmt.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/run.h"
#include "daemon/tasks/store.h"
#include "daemon/tasks/task.h"
#include "daemon/tasks/turn.h"
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
	ck_assert_uint_eq(task_was_replied(task, taskbox_session(), 77), 2);
	ck_assert_uint_eq(task_was_replied(task, taskbox_session(), 78), 0);
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
	    task_record(task)->stored.from.uuid);
	ck_assert_int_eq(store_delete(task_record(task), &err), 0);
	ck_assert_int_eq(stat(unit_path(path), &st), 0);
	while (store_empty_trash())
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

/* What the keeper leaves of an agent that the API refused. */
static void
refuse(const struct task *task, const char *run)
{
	static const char event[] =
	    "{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":true,"
	    "\"api_error_status\":429,\"num_turns\":0,\"result\":\"refused\","
	    "\"session_id\":\"s-2\",\"total_cost_usd\":0.25}\n";
	const struct exitrec exit = taskbox_exit(1);
	struct record rec = *task_record(task);
	char name[64];

	rec.exit = exit;
	rec.dir = xasprintf("%s%s%s", rec.path, run[0] == '\0' ? "" : "/", run);
	ck_assert_msg(store_finish(&rec, &err) == 0, "%s", err.text);
	free(rec.dir);
	snprintf(name, sizeof(name), "%s/stdout", run);
	taskbox_write(task, name, event);
	snprintf(name, sizeof(name), "%s/env", run);
	taskbox_write(task, name, "A=b");
}

/* As the next daemon takes it over. */
static struct task *
adopted(struct task *task)
{
	struct store_name name = { .number = task_record(task)->number };

	snprintf(name.path, sizeof(name.path), "%s", task_record(task)->path);
	task_unref(task);
	task_forget_all();
	ck_assert_msg(task_adopt(&name, &err) == 0, "%s", err.text);
	task = task_find_live(name.number);
	ck_assert_ptr_nonnull(task);
	return task_ref(task);
}

START_TEST(what_is_tried_again_stays_a_copy)
{
	struct task_message message = { .text = "aside", .fork = true };
	struct task *task = replied(), *live;
	const struct record *rec;
	char *text;

	ck_assert_int_eq(task_stop(task, KEEPER_GRACEFUL, 1, &err), 0);
	live = task_reply(task, &message, taskbox_session(), 78, &err);
	ck_assert_msg(live != NULL, "%s", err.text);
	task_unref(task);
	refuse(live, "run-3");
	task = adopted(live);
	rec = task_record(task);
	ck_assert_str_eq(rec->run.name, "retry-4");
	ck_assert_int_eq(rec->run.asked.fork, 1);
	text = taskbox_read(task, "retry-4/prompt");
	ck_assert_str_eq(text, "aside");
	free(text);
	ck_assert(taskbox_has(task, "retry-4/env"));
	ck_assert(!taskbox_has(task, "run-3/env"));
	task_unref(task);
}
END_TEST

/* It runs, and a message waits; then it ends while there is no daemon. */
START_TEST(the_next_daemon_settles_the_run_before)
{
	const struct task_message message = { .text = "more" };
	struct task *task = taskbox_task("{\"prompt\":\"x\"}"), *live;
	char *text;

	live = task_reply(task, &message, taskbox_session(), 77, &err);
	ck_assert_msg(live != NULL, "%s", err.text);
	task_unref(task);
	refuse(live, "");
	task = adopted(live);
	ck_assert_str_eq(task_record(task)->run.name, "run-2");
	ck_assert(!taskbox_has(task, "env"));
	ck_assert(taskbox_has(task, "result.json"));
	text = unit_read("state/costs/2026-11-22");
	ck_assert_str_eq(text, "t1 1 0.250000\n");
	free(text);
	task_unref(task);
}
END_TEST

/* What it waited for was there when its first run began. */
START_TEST(later_runs_wait_for_nobody)
{
	const struct exitrec exit = taskbox_exit(0);
	const struct task_message message = { .text = "more" };
	struct task *
	    first = taskbox_ended("{\"command\":\"true\"}", &exit),
	   *task = taskbox_ended_with("{\"prompt\":\"x\",\"after\":[\"t1\"]}",
	       &exit,
	       "{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,"
	       "\"num_turns\":1,\"result\":\"first\",\"session_id\":\"s-1\"}\n",
	       NULL);
	struct turn_view view;
	struct turn turn;

	ck_assert_int_eq(store_delete(task_record(first), &err), 0);
	task_unref(first);
	first = task_reply(task, &message, taskbox_session(), 77, &err);
	ck_assert_msg(first != NULL, "%s", err.text);
	turn_view(&view);
	turn_look(&view, first, &turn);
	ck_assert_msg(turn.reason == TURN_NOW, "%s", turn.text);
	turn_view_clear(&view);
	task_unref(first);
	task_unref(task);
}
END_TEST

/* As many as there may be, none of which has said anything. */
START_TEST(a_thousand_runs_are_read_at_once)
{
	struct task *task = replied();
	char path[160];
	unsigned n;
	int64_t began;

	taskbox_write(task, "stdout", "");
	for (n = 2; n <= RUNS_MAX; n++) {
		snprintf(path, sizeof(path), "state/%s/run-%u",
		    task_record(task)->path, n);
		if (n > 2)
			ck_assert_int_eq(mkdir(unit_path(path), 0700), 0);
		snprintf(path, sizeof(path), "run-%u", n);
		refuse(task, path);
		snprintf(path, sizeof(path), "run-%u/run.json", n);
		taskbox_write(task, path,
		    "{\"version\":1,\"uuid\":\"u\",\"created_at\":\"\"}");
		snprintf(path, sizeof(path), "run-%u/stdout", n);
		taskbox_write(task, path, "");
	}
	began = time_mono_ms();
	task = taskbox_reopen(task);
	ck_assert_uint_eq(task_record(task)->run.number, RUNS_MAX);
	ck_assert_uint_eq(task_was_replied(task, taskbox_session(), 78), 0);
	/* a look at all of them for each of them took seconds */
	ck_assert_int_lt(time_mono_ms() - began, 600);
	task_unref(task);
}
END_TEST

int
main(void)
{
	return unit_run("run", taskbox_open, taskbox_close, which_counts,
	    all_have_ended, a_reply_is_one_more_run,
	    a_stop_keeps_the_result_in_sight, is_deleted_with_its_runs,
	    a_damaged_run_is_told, what_is_tried_again_stays_a_copy,
	    the_next_daemon_settles_the_run_before, later_runs_wait_for_nobody,
	    a_thousand_runs_are_read_at_once, NULL);
}
