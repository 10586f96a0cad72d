/*
 * The queue: who may start, and when.
 *
 * Long because each reason to wait has its tests here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/config.h"
#include "daemon/queue/drain.h"
#include "daemon/queue/queue.h"
#include "daemon/queue/turn.h"
#include "daemon/record/record.h"
#include "daemon/store/delete.h"
#include "daemon/task/control.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define MANY 6
#define SLEEP "{\"command\":\"sleep 60\"}"

static struct error err;
static struct task *tasks[MANY];
static size_t ntasks;

static void
configure(const char *json)
{
	unit_write("config", json);
	ck_assert_msg(config_load(unit_path("config"), &err) == 0, "%s",
	    err.text);
}

static void
teardown(void)
{
	size_t i;

	for (i = 0; i < ntasks; i++) {
		task_stop(tasks[i], KEEPER_NOW, 0, &err);
		taskbox_until_ended(tasks[i]);
		task_unref(tasks[i]);
	}
	ntasks = 0;
	taskbox_close();
}

static void
add(const char *spec)
{
	tasks[ntasks++] = taskbox_task(spec);
}

static void
add_group(const char *json, size_t n, int64_t max_parallel, double budget)
{
	const struct task_group group = { .grouped = true,
		.max_parallel = max_parallel,
		.max_budget_usd = budget };
	struct task_spec *spec = xcalloc(1, sizeof(*spec));
	const struct task_spec *specs[MANY];
	size_t i;

	taskbox_spec(json, spec);
	for (i = 0; i < n; i++)
		specs[i] = spec;
	ck_assert_int_eq(task_create(specs, n, &group, taskbox_session(),
			     1000 + ntasks, tasks + ntasks, &err),
	    0);
	ntasks += n;
	task_spec_free(spec);
}

/* One letter for each task: q, r, or e when it has ended. */
static const char *
states(void)
{
	static char text[MANY + 1];
	size_t i;

	for (i = 0; i < ntasks; i++)
		text[i] = record_ended(task_record(tasks[i]))     ? 'e' :
		    task_record(tasks[i])->state == STATE_RUNNING ? 'r' :
								    'q';
	text[ntasks] = '\0';
	return text;
}

static bool
states_are(void *arg)
{
	return strcmp(states(), arg) == 0;
}

static void
until(const char *expected)
{
	char *copy = xstrdup(expected);

	taskbox_until(states_are, copy);
	free(copy);
}

/* Each of them is known again, however many there are. */
START_TEST(very_many_paused_groups)
{
	struct buf text = { 0 };
	int i;

	add_group(SLEEP, 1, 0, 0);
	for (i = 0; i < 7000; i++)
		buf_printf(&text, "g1%08d\n", i);
	buf_puts(&text, "g1\n");
	unit_write("state/drained", text.data);
	buf_clear(&text);
	drain_load();
	ck_assert(!drain_is_on());
	ck_assert_str_eq(drain_of(task_record(tasks[0])), "g1");
}
END_TEST

START_TEST(first_in_first_out)
{
	size_t i;

	configure("{\"commands\":{\"max_running\":2}}");
	for (i = 0; i < 4; i++)
		add(SLEEP);
	ck_assert_uint_eq(queue_slots(false), 2);
	ck_assert_uint_eq(task_count_running(false), 0);
	queue_run();
	ck_assert_str_eq(states(), "rrqq");
	ck_assert_uint_eq(task_count_running(false), 2);
	queue_run();
	ck_assert_str_eq(states(), "rrqq");
	ck_assert_int_eq(task_stop(tasks[0], KEEPER_NOW, 0, &err), 0);
	until("errq");
}
END_TEST

/* The reason of a task's turn, and what it says. */
static enum turn_reason
reason(size_t i, const char *text)
{
	struct turn turn;

	turn_look(tasks[i], &turn);
	if (text != NULL)
		ck_assert_msg(strstr(turn.text, text) != NULL, "%s", turn.text);
	return turn.reason;
}

START_TEST(a_held_task_waits_for_its_release)
{
	add(SLEEP);
	add("{\"command\":\"sleep 60\",\"after\":[\"t1\"]}");
	add("{\"command\":\"sleep 60\",\"options\":{\"hold\":true}}");
	ck_assert_int_eq(task_hold(tasks[0], "a person", &err), 1);
	ck_assert_int_eq(task_hold(tasks[1], "t9", &err), 1);
	queue_run();
	ck_assert_str_eq(states(), "qqq");
	/* of several reasons the one that somebody can take away first */
	ck_assert_int_eq(reason(1, "held by t9, until"), TURN_HELD);
	ck_assert_int_eq(task_hold(tasks[1], NULL, &err), 1);
	ck_assert_int_eq(reason(1, "t1"), TURN_AFTER);
	ck_assert(task_is_held(tasks[2]));
	ck_assert_int_eq(reason(2, "held by who started it"), TURN_HELD);
	ck_assert_int_eq(task_hold(tasks[2], NULL, &err), 1);
	ck_assert_int_eq(task_hold(tasks[0], NULL, &err), 1);
	queue_run();
	ck_assert_str_eq(states(), "rqr");
	ck_assert_int_eq(task_hold(tasks[0], "a person", &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "ccproc pause"));
}
END_TEST

START_TEST(a_moved_task_has_another_place)
{
	size_t of;

	configure("{\"commands\":{\"max_running\":1}}");
	add(SLEEP);
	queue_run();
	add(SLEEP);
	add(SLEEP);
	add(SLEEP);
	ck_assert_int_eq(task_move(tasks[3], 1, &err), 1);
	ck_assert_uint_eq(task_place(tasks[3], &of), 1);
	ck_assert_uint_eq(task_place(tasks[1], &of), 2);
	ck_assert_int_eq(task_move(tasks[1], -1, &err), 1);
	ck_assert_uint_eq(task_place(tasks[1], &of), 3);
	ck_assert_uint_eq(of, 3);
	ck_assert(taskbox_has(tasks[3], "queue.json"));
	ck_assert_int_eq(task_stop(tasks[0], KEEPER_NOW, 0, &err), 0);
	until("eqqr");
}
END_TEST

START_TEST(a_paused_queue_starts_nothing)
{
	add(SLEEP);
	add_group(SLEEP, 1, 0, 0);
	ck_assert_int_eq(drain_set(NULL, true, &err), 0);
	queue_recall();
	queue_run();
	ck_assert_str_eq(states(), "qq");
	ck_assert_int_eq(reason(0, "ccproc unpause --queue"), TURN_DRAINED);
	drain_load(); /* as the next daemon */
	ck_assert(drain_is_on());
	ck_assert_int_eq(drain_set(task_record(tasks[1])->from.group, true,
			     &err),
	    0);
	ck_assert_int_eq(drain_set(NULL, false, &err), 0);
	queue_run();
	ck_assert_str_eq(states(), "rq");
	ck_assert_int_eq(reason(1, "-g g2"), TURN_GROUP_DRAINED);
	drain_load();
	ck_assert_int_eq(drain_set("g2", false, &err), 0);
	queue_recall();
	queue_run();
	ck_assert_str_eq(states(), "rr");
	drain_load();
	ck_assert(!drain_is_on());
}
END_TEST

START_TEST(agents_have_slots_of_their_own)
{
	configure("{\"commands\":{\"max_running\":1},\"agents\":{"
		  "\"max_running\":1,\"claude\":{\"command\":"
		  "[\"/bin/sh\",\"-c\",\"sleep 60\"]}}}");
	add(SLEEP);
	add(SLEEP);
	add("{\"prompt\":\"a\"}");
	add("{\"prompt\":\"b\"}");
	queue_run();
	ck_assert_str_eq(states(), "rqrq");
	ck_assert_uint_eq(task_count_running(true), 1);
	ck_assert_uint_eq(queue_slots(true), 1);
}
END_TEST

START_TEST(a_group_has_its_own_limit)
{
	add_group(SLEEP, 3, 2, 0);
	add(SLEEP);
	queue_run();
	ck_assert_str_eq(states(), "rrqr");
	ck_assert_int_eq(task_stop(tasks[1], KEEPER_NOW, 0, &err), 0);
	until("rerr");
}
END_TEST

START_TEST(a_start_that_fails_makes_room)
{
	configure("{\"commands\":{\"max_running\":1}}");
	add("{\"command\":[\"/no/such/program\"]}");
	add(SLEEP);
	queue_run();
	until("er");
	ck_assert_int_eq(task_record(tasks[0])->reason, REASON_SPAWN_ERROR);
}
END_TEST

START_TEST(waiting_for_others)
{
	add("{\"command\":\"sleep 0.2\",\"label\":\"first\"}");
	add("{\"command\":\"true\",\"after\":[\"t1\"]}");
	queue_run();
	ck_assert_str_eq(states(), "rq");
	until("ee");
	ck_assert_int_eq(task_record(tasks[1])->state, STATE_COMPLETED);
	ck_assert_int_ge(task_record(tasks[1])->exit.started_at,
	    task_record(tasks[0])->exit.ended_at);
}
END_TEST

START_TEST(waiting_in_vain)
{
	add("{\"command\":\"exit 1\"}");
	add("{\"command\":\"true\",\"after\":[\"t1\"]}");
	add("{\"command\":\"true\",\"after\":[\"t2\"]}");
	queue_run();
	until("eee");
	ck_assert_int_eq(task_record(tasks[1])->state, STATE_CANCELLED);
	ck_assert_int_eq(task_record(tasks[1])->reason, REASON_DEPENDENCY);
	ck_assert_str_eq(task_record(tasks[1])->exit.note, "t1 failed");
	ck_assert_str_eq(task_record(tasks[2])->exit.note, "t2 cancelled");
	ck_assert(!taskbox_has(tasks[1], "stdout"));
}
END_TEST

START_TEST(waiting_for_what_is_gone)
{
	struct exitrec exit = taskbox_exit(0);
	struct task *gone = taskbox_ended("{\"command\":\"true\"}", &exit);

	add("{\"command\":\"true\",\"after\":[\"t1\"]}");
	ck_assert_int_eq(store_delete(task_record(gone), &err), 0);
	task_unref(gone);
	queue_run();
	until("e");
	ck_assert_str_eq(task_record(tasks[0])->exit.note, "t1 is gone");
}
END_TEST

/* Any of them tells, not only the first. */
START_TEST(one_of_several_fails)
{
	configure("{\"commands\":{\"max_running\":9}}");
	add(SLEEP);
	add(SLEEP);
	add("{\"command\":\"true\",\"after\":[\"t1\",\"t2\"]}");
	add("{\"command\":\"true\",\"after\":[\"t2\",\"t1\"]}");
	queue_run();
	ck_assert_str_eq(states(), "rrqq");
	ck_assert_ptr_null(task_next_ready(false, NULL)); /* set aside */
	task_stop(tasks[1], KEEPER_NOW, 0, &err);
	until("reee");
	ck_assert_str_eq(task_record(tasks[2])->exit.note, "t2 cancelled");
}
END_TEST

/* As many as may run of the group end one after another. */
START_TEST(set_aside_for_their_group)
{
	add_group("{\"command\":\"sleep 0.05\"}", 5, 2, 0);
	queue_run();
	ck_assert_str_eq(states(), "rrqqq");
	ck_assert_ptr_null(task_next_ready(false, NULL));
	until("eeeee");
}
END_TEST

/* An agent that says what it has cost and ends. */
#define AGENT "{\"prompt\":\"x\"}"
#define AGENTS(settings, program) \
	"{\"agents\":{" settings \
	"\"claude\":{\"command\":[\"/bin/sh\",\"-c\"," \
	"\"" program "\"]}}}"
#define COSTS(usd) \
	"echo '{\\\"type\\\":\\\"result\\\",\\\"is_error\\\":false," \
	"\\\"total_cost_usd\\\":" usd "}'"

/* The reason why a task waits, as "reason: text". */
static const char *
turn_of(size_t i)
{
	static char text[300];
	struct turn turn;

	turn_look(tasks[i], &turn);
	snprintf(text, sizeof(text), "%d: %s%s", turn.reason,
	    turn.waits_for ? "waits for " : "", turn.text);
	return text;
}

static void
waits(size_t i, enum turn_reason reason, const char *words)
{
	char *expected = xasprintf("%d: %s", reason, words);

	ck_assert_str_eq(turn_of(i), expected);
	free(expected);
}

#define URGENT(n) "{\"command\":\"sleep 60\",\"options\":{\"priority\":" n "}}"

/* Else each look at the queue would be at all of them. */
START_TEST(set_aside_until_limits_can_be_held)
{
	configure("{\"limits\":{\"mode\":\"best_effort\"}}");
	add("{\"command\":\"true\","
	    "\"options\":{\"limits\":{\"memory_max\":2000000}}}");
	configure("{}");
	queue_run();
	task_release(tasks[0]); /* somebody waits for it */
	queue_run();
	ck_assert_ptr_null(task_next_ready(false, NULL));
	configure("{\"limits\":{\"mode\":\"best_effort\"}}");
	queue_recall();
	until("e");
}
END_TEST

START_TEST(waiting_for_what_cannot_be_seen)
{
	struct rlimit limit;

	add("{\"command\":\"true\"}");
	queue_run();
	until("e");
	add("{\"command\":\"true\",\"after\":[\"t1\"]}");
	limit = unit_no_descriptors();
	queue_run();
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	ck_assert_str_eq(states(), "eq");
	until("ee");
	ck_assert_int_eq(task_record(tasks[1])->state, STATE_COMPLETED);
}
END_TEST

START_TEST(higher_priority_first)
{
	size_t of;

	configure("{\"commands\":{\"max_running\":1}}");
	add(URGENT("-1"));
	add(SLEEP);
	add(URGENT("5"));
	add(URGENT("5"));
	add(SLEEP);
	ck_assert_uint_eq(task_place(tasks[0], &of), 5);
	ck_assert_uint_eq(task_place(tasks[1], &of), 3);
	ck_assert_uint_eq(task_place(tasks[3], &of), 2);
	ck_assert_uint_eq(of, 5);
	queue_run();
	ck_assert_str_eq(states(), "qqrqq");
	task_stop(tasks[2], KEEPER_NOW, 0, &err);
	until("qqerq");
	task_stop(tasks[3], KEEPER_NOW, 0, &err);
	until("qreeq");
	task_stop(tasks[1], KEEPER_NOW, 0, &err);
	until("qeeer");
}
END_TEST

START_TEST(what_they_wait_for)
{
	configure("{\"commands\":{\"max_running\":1}}");
	add(SLEEP);
	waits(0, TURN_NOW, "");
	add(SLEEP);
	add("{\"command\":\"true\",\"after\":[\"t1\",\"t2\"]}");
	queue_run();
	waits(1, TURN_PLACE, "waits for a free place (1 of 1 run)");
	waits(2, TURN_AFTER, "waits for t1, t2");
	task_stop(tasks[1], KEEPER_NOW, 0, &err);
	waits(2, TURN_BROKEN, "t2 cancelled");
	add_group(SLEEP, 2, 1, 0);
	configure("{\"commands\":{\"max_running\":9}}");
	queue_run();
	waits(4, TURN_GROUP, "waits for another of g4 (1 of 1 run)");
}
END_TEST

START_TEST(agents_are_launched_one_after_another)
{
	int64_t began = time_mono_ms();

	configure(AGENTS("\"launches\":2,\"launch_period_s\":1,", "sleep 60"));
	add(AGENT);
	add(AGENT);
	add(AGENT);
	add(SLEEP);
	queue_run();
	ck_assert_str_eq(states(), "rrqr");
	waits(2, TURN_LAUNCH, "waits for a launch slot (2 agents per 1 s)");
	until("rrrr"); /* nobody but a timer tells */
	ck_assert_int_ge(time_mono_ms() - began, 990);
}
END_TEST

START_TEST(agents_that_run_already_are_counted)
{
	configure(AGENTS("\"launches\":1,\"launch_period_s\":3600,",
	    "sleep 60"));
	add(AGENT);
	queue_run();
	taskbox_until_running(tasks[0]);
	queue_free(); /* as if this were another daemon */
	queue_init();
	add(AGENT);
	queue_run();
	ck_assert_str_eq(states(), "rq");
	configure(AGENTS("\"launches\":0,", "sleep 60"));
	queue_run();
	ck_assert_str_eq(states(), "rr");
}
END_TEST

START_TEST(one_agent_runs_whatever_is_free)
{
	configure(AGENTS("\"min_free_bytes\":1125899906842624,", "sleep 60"));
	add(AGENT);
	add(AGENT);
	add(SLEEP);
	queue_run();
	ck_assert_str_eq(states(), "rqr");
	ck_assert_ptr_nonnull(strstr(turn_of(1), "waits for free memory ("));
	ck_assert_ptr_nonnull(strstr(turn_of(1),
	    " MiB of the 1073741824 that a further agent needs)"));
	task_stop(tasks[0], KEEPER_NOW, 0, &err);
	until("err");
}
END_TEST

START_TEST(a_group_that_has_spent_its_budget)
{
	configure(AGENTS("\"max_running\":1,", COSTS("2.51")));
	add_group(AGENT, 4, 0, 5);
	queue_run();
	until("eeee");
	ck_assert_int_eq(task_record(tasks[0])->state, STATE_COMPLETED);
	ck_assert_int_eq(task_record(tasks[1])->state, STATE_COMPLETED);
	ck_assert_int_eq(task_record(tasks[2])->state, STATE_FAILED);
	ck_assert_int_eq(task_record(tasks[2])->reason, REASON_BUDGET);
	ck_assert_str_eq(task_record(tasks[3])->exit.note,
	    "group g1 has cost $5.02 of its $5.00");
	ck_assert(!taskbox_has(tasks[3], "stdout"));
	tasks[3] = taskbox_reopen(tasks[3]);
	ck_assert_int_eq(task_record(tasks[3])->reason, REASON_BUDGET);
}
END_TEST

/* Its own limit, whoever else has all the places. */
START_TEST(a_spent_budget_needs_no_place)
{
	configure(AGENTS("\"max_running\":1,\"launches\":0,", COSTS("2.51")));
	add_group(AGENT, 2, 0, 2);
	add("{\"prompt\":\"x\",\"options\":{\"priority\":1}}");
	queue_run();
	until("eee");
	ck_assert_int_eq(task_record(tasks[2])->state, STATE_COMPLETED);
	ck_assert_int_eq(task_record(tasks[1])->reason, REASON_BUDGET);
}
END_TEST

START_TEST(a_day_that_has_cost_enough)
{
	const char *settings =
	    AGENTS("\"max_running\":1,\"max_budget_usd_per_day\":2,",
		COSTS("2.51"));

	configure(settings);
	add(AGENT);
	add(AGENT);
	add(SLEEP);
	queue_run();
	until("eqr");
	waits(1, TURN_DAY,
	    "waits for tomorrow (UTC): agents have cost $2.51 of today's "
	    "$2.00");
	queue_free(); /* nothing of it is in memory only */
	queue_init();
	queue_run();
	ck_assert_str_eq(states(), "eqr");
}
END_TEST

UNIT_SUITE
{
	unit_suite("queue", taskbox_open, teardown,
	    a_held_task_waits_for_its_release, a_moved_task_has_another_place,
	    a_paused_queue_starts_nothing, very_many_paused_groups,
	    first_in_first_out, agents_have_slots_of_their_own,
	    a_group_has_its_own_limit, a_start_that_fails_makes_room,
	    waiting_for_others, waiting_in_vain, waiting_for_what_is_gone,
	    waiting_for_what_cannot_be_seen, one_of_several_fails,
	    set_aside_for_their_group, set_aside_until_limits_can_be_held,
	    higher_priority_first, what_they_wait_for,
	    agents_are_launched_one_after_another,
	    agents_that_run_already_are_counted,
	    one_agent_runs_whatever_is_free, a_group_that_has_spent_its_budget,
	    a_spent_budget_needs_no_place, a_day_that_has_cost_enough, NULL);
}
