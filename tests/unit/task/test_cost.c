/*
 * Totals of cost: of tasks, groups and days; each run counts once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/agent/result.h"
#include "daemon/record/record.h"
#include "daemon/store/costs.h"
#include "daemon/task/cost.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define AGENT "{\"prompt\":\"x\"}"
#define RESULT(usd) "{\"type\":\"result\",\"total_cost_usd\":" usd "}\n"

static struct error err;

static struct task *
ended(const char *out)
{
	struct exitrec exit = taskbox_exit(0);

	exit.ended_at = time_wall_ms();
	return taskbox_ended_with(AGENT, &exit, out, NULL);
}

static const char *
today_path(void)
{
	static char path[80];
	char day[TIMEFMT_SIZE];

	snprintf(path, sizeof(path), "state/costs/%s",
	    timefmt_day(time_wall_ms(), day));
	return path;
}

static void
expect_today(double usd)
{
	ck_assert_double_eq_tol(cost_of_today(), usd, 1e-9);
}

START_TEST(a_day)
{
	struct task *one = ended(RESULT("0.25")), *two = ended(RESULT("1.5"));
	struct task *free_one = ended("");

	expect_today(0);
	cost_note(task_record(one));
	expect_today(0.25);
	cost_note(task_record(two));
	cost_note(task_record(free_one));
	expect_today(1.75);
	/* a daemon that died after the note, and the next one */
	cost_forget();
	cost_note(task_record(two));
	expect_today(1.75);
	task_unref(one);
	task_unref(two);
	task_unref(free_one);
}
END_TEST

START_TEST(damaged_lines_count_for_nothing)
{
	struct task *task = ended(RESULT("0.25"));
	char *text;

	ck_assert_int_eq(mkdir(unit_path("state/costs"), 0700), 0);
	unit_write(today_path(),
	    "t90 1 1.000000\nt90 2 2.000000\ngarbage\n\nt91 1\nt93 1 inf\n"
	    "t94 1 nan\nt95 1 -2\nt96 1 1e300\nt92 1 0.5");
	expect_today(3.5);
	cost_note(task_record(task));
	expect_today(3.75);
	text = unit_read(today_path());
	ck_assert_ptr_nonnull(strstr(text, "t92 1 0.5\nt1 1 0.250000\n"));
	free(text);
	task_unref(task);
}
END_TEST

/* A disk that is full costs the total, and nothing else. */
START_TEST(where_nothing_can_be_written)
{
	struct task *task = ended(RESULT("0.25"));

	unit_write("state/costs", "in the way");
	cost_note(task_record(task));
	expect_today(0);
	task_unref(task);
}
END_TEST

START_TEST(what_cannot_be_read_is_read_later)
{
	struct task *task = ended(RESULT("0.25"));
	struct rlimit limit;

	cost_note(task_record(task));
	cost_forget();
	limit = unit_no_descriptors();
	expect_today(0);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	expect_today(0.25);
	task_unref(task);
}
END_TEST

START_TEST(old_days_go)
{
	char *text;

	ck_assert_int_eq(store_note_cost("2026-01-01", "t1 1 1", &err), 0);
	ck_assert_int_eq(store_note_cost("2026-01-02", "t2 1 1", &err), 0);
	store_drop_old_costs("2026-01-02");
	ck_assert_ptr_null(store_read_costs("2026-01-01"));
	text = store_read_costs("2026-01-02");
	ck_assert_str_eq(text, "t2 1 1\n");
	free(text);
}
END_TEST

/* The cost that claude tells of a later run includes the earlier ones. */
START_TEST(a_task_of_several_runs)
{
	const struct task_message message = { .text = "more" };
	struct agent_result result = { .cost_usd = 0.75 };
	struct task *task = ended("{\"type\":\"result\",\"num_turns\":1,"
				  "\"session_id\":\"s\","
				  "\"total_cost_usd\":0.25}\n");
	struct task *live;
	struct record rec;

	cost_note(task_record(task));
	live = task_reply(task, &message, taskbox_session(), 7, &err);
	ck_assert_msg(live != NULL, "%s", err.text);
	rec = *task_record(live);
	ck_assert_double_eq_tol(cost_of_task(&rec), 0.25, 1e-9);
	rec.exit.ended_at = time_wall_ms();
	rec.result = &result;
	ck_assert_double_eq_tol(cost_of_task(&rec), 0.75, 1e-9);
	cost_note(&rec);
	expect_today(0.75);
	task_unref(live);
	task_unref(task);
}
END_TEST

UNIT_SUITE
{
	unit_suite("cost", taskbox_open, taskbox_close, a_day,
	    damaged_lines_count_for_nothing, where_nothing_can_be_written,
	    old_days_go, what_cannot_be_read_is_read_later,
	    a_task_of_several_runs, NULL);
}
