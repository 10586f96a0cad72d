/*
 * From one run of a task to the next, whatever happens in between.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/exitrec.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/queue/turn.h"
#include "daemon/record/record.h"
#include "daemon/store/delete.h"
#include "daemon/store/name.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/inside.h"
#include "daemon/task/life.h"
#include "daemon/task/peer.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct error err;

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

/* Writes what the keeper leaves of an agent that the API refused. */
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

/* Returns the task as the next daemon takes it over. */
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

/* A run ends while there is no daemon, and a message waits for it. */
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

/* Tasks that the first run waited for need no second wait. */
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
	struct turn turn;

	ck_assert_int_eq(store_delete(task_record(first), &err), 0);
	task_unref(first);
	first = task_reply(task, &message, taskbox_session(), 77, &err);
	ck_assert_msg(first != NULL, "%s", err.text);
	turn_look(first, &turn);
	ck_assert_msg(turn.reason == TURN_NOW, "%s", turn.text);
	task_unref(first);
	task_unref(task);
}
END_TEST

static int spare[200];
static unsigned nspare;

/* Leaves n free descriptors; -1: as many as before. */
static void
leave_descriptors(int n)
{
	static struct rlimit before;
	struct rlimit limit;

	if (n == -1) {
		ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
		while (nspare > 0)
			close(spare[--nspare]);
		return;
	}
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	do
		spare[nspare] = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	while (spare[nspare++] < 100);
	limit = before;
	limit.rlim_cur = (rlim_t)spare[nspare - 1] + 1;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	while (n-- > 0)
		close(spare[--nspare]);
}

static bool
is_next(void *arg)
{
	return task_record(arg)->run.number == 2;
}

START_TEST(a_message_is_heard_when_descriptors_are_back)
{
	const struct task_message message = { .text = "more" };
	struct task *task = taskbox_task("{\"prompt\":\"x\"}"), *live;

	live = task_reply(task, &message, taskbox_session(), 77, &err);
	ck_assert_msg(live != NULL, "%s", err.text);
	task_unref(task);
	refuse(live, "");
	leave_descriptors(2); /* enough to see that it has ended */
	life_take_over(live, task_is_held(live));
	leave_descriptors(-1);
	ck_assert_int_eq(task_record(live)->state, STATE_RUNNING);
	ck_assert_ptr_eq(task_find_live(1), live);
	taskbox_until(is_next, live);
	task_unref(live);
}
END_TEST

/* If it were unknown, a message that comes again would be heard twice. */
START_TEST(a_message_that_cannot_be_looked_for_is_not_unknown)
{
	struct task *task = replied();
	int n;

	for (n = 0; n < 3; n++) { /* the task's, the run's, run.json */
		leave_descriptors(n);
		ck_assert_int_eq(task_was_replied(task, taskbox_session(), 77,
				     &err),
		    -1);
		leave_descriptors(-1);
	}
	ck_assert_int_eq(task_was_replied(task, taskbox_session(), 77, &err),
	    2);
	task_unref(task);
}
END_TEST

/* The next message cannot be read yet, but it is known to be unwanted. */
START_TEST(a_stop_means_a_message_that_cannot_be_read_yet)
{
	const struct task_message message = { .text = "more" };
	struct task *task = taskbox_task("{\"prompt\":\"x\"}"), *live;

	live = task_reply(task, &message, taskbox_session(), 77, &err);
	ck_assert_msg(live != NULL, "%s", err.text);
	task_unref(task);
	refuse(live, "");
	leave_descriptors(2);
	life_take_over(live, task_is_held(live));
	leave_descriptors(-1);
	ck_assert_int_eq(task_record(live)->state, STATE_RUNNING);
	ck_assert_msg(task_stop(live, KEEPER_GRACEFUL, 1, &err) == 0, "%s",
	    err.text);
	taskbox_until_ended(live);
	ck_assert_int_eq(task_record(live)->run.number, 2);
	ck_assert_int_eq(task_record(live)->state, STATE_CANCELLED);
	task_unref(live);
}
END_TEST

START_TEST(what_was_accepted_is_not_refused)
{
	const struct exitrec exit = taskbox_exit(0);
	const struct task_message message = { .text = "more" };
	struct task *live,
	    *task = taskbox_ended_with("{\"prompt\":\"x\"}", &exit,
		"{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,"
		"\"num_turns\":1,\"result\":\"first\",\"session_id\":\"s-1\"}\n",
		NULL);

	leave_descriptors(2); /* enough to accept it */
	live = task_reply(task, &message, taskbox_session(), 77, &err);
	leave_descriptors(-1);
	ck_assert_msg(live != NULL, "%s", err.text);
	task_unref(task);
	taskbox_until(is_next, live);
	task_unref(live);
}
END_TEST

/* Of a client that cannot be looked at, who may be anybody. */
START_TEST(nobody_replies_to_others)
{
	const struct task_message message = { .text = "more" };
	struct task *task = taskbox_task("{\"prompt\":\"x\"}"), *live;

	taskbox_peer()->where = WHERE_UNKNOWN;
	ck_assert_ptr_null(task_reply(task, &message, taskbox_session(), 77,
	    &err));
	ck_assert_ptr_nonnull(strstr(err.text, "cannot be looked at"));
	ck_assert_uint_eq(task_record(task)->run.count, 1);
	task->rec.from.unknown_origin = true;
	live = task_reply(task, &message, taskbox_session(), 77, &err);
	ck_assert_msg(live != NULL, "%s", err.text);
	task_unref(task);
	task_unref(live);
}
END_TEST

/* The run ended by itself, when its keeper was about to be told. */
START_TEST(a_stop_that_came_late_is_one_all_the_same)
{
	const struct task_message message = { .text = "more" };
	struct task *task = taskbox_task("{\"prompt\":\"x\"}"), *live;

	live = task_reply(task, &message, taskbox_session(), 77, &err);
	ck_assert_msg(live != NULL, "%s", err.text);
	task_unref(task);
	refuse(live, "");
	live->stopping = true;
	ck_assert_ptr_null(task_reply(live, &message, taskbox_session(), 78,
	    &err));
	ck_assert_ptr_nonnull(strstr(err.text, "it is being stopped"));
	life_take_over(live, task_is_held(live));
	ck_assert_ptr_null(task_find_live(1));
	ck_assert_str_eq(task_record(live)->run.name, "run-2");
	ck_assert_int_eq(task_record(live)->state, STATE_CANCELLED);
	task_unref(live);
}
END_TEST

START_TEST(what_is_stopped_is_not_tried_again)
{
	struct task *task = taskbox_task("{\"prompt\":\"x\"}");

	refuse(task, "");
	task->stopping = true;
	life_take_over(task, task_is_held(task));
	ck_assert_ptr_null(task_find_live(1));
	ck_assert_uint_eq(task_record(task)->run.count, 1);
	ck_assert(!taskbox_has(task, "env"));
	task_unref(task);
}
END_TEST

/* The one before was lost by a reboot: what waited is held like all. */
START_TEST(what_waits_for_a_held_one_is_held)
{
	const struct task_message message = { .text = "more" };
	struct task *task = taskbox_task("{\"prompt\":\"x\"}"), *live;

	live = task_reply(task, &message, taskbox_session(), 77, &err);
	ck_assert_msg(live != NULL, "%s", err.text);
	task_unref(task);
	refuse(live, "");
	life_take_over(live, true);
	ck_assert_str_eq(task_record(live)->run.name, "run-2");
	ck_assert(task_is_held(live));
	/* and whoever replies wants it */
	task_unref(task_reply(live, &message, taskbox_session(), 78, &err));
	ck_assert(!task_is_held(live));
	task_unref(live);
}
END_TEST

/* A task has the most runs allowed, and none has said anything. */
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
	ck_assert_int_eq(task_was_replied(task, taskbox_session(), 78, &err),
	    0);
	/* a look at all of them for each of them took seconds */
	ck_assert_int_lt(time_mono_ms() - began, 600 * unit_patience());
	task_unref(task);
}
END_TEST

UNIT_SUITE
{
	unit_suite("next_run", taskbox_open, taskbox_close,
	    what_is_tried_again_stays_a_copy,
	    the_next_daemon_settles_the_run_before, later_runs_wait_for_nobody,
	    a_message_is_heard_when_descriptors_are_back,
	    a_message_that_cannot_be_looked_for_is_not_unknown,
	    a_stop_means_a_message_that_cannot_be_read_yet,
	    what_was_accepted_is_not_refused, nobody_replies_to_others,
	    a_stop_that_came_late_is_one_all_the_same,
	    what_is_stopped_is_not_tried_again,
	    what_waits_for_a_held_one_is_held, a_thousand_runs_are_read_at_once,
	    NULL);
}
