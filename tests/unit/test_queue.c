/*
 * The queue: who may start, and when.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/tasks/queue.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/store.h"
#include "daemon/tasks/task.h"
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
add_group(const char *json, size_t n, int64_t max_parallel)
{
	const struct task_group group = { .grouped = true,
		.max_parallel = max_parallel };
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

START_TEST(first_in_first_out)
{
	size_t i;

	configure("{\"commands\":{\"max_running\":2}}");
	for (i = 0; i < 4; i++)
		add(SLEEP);
	ck_assert_uint_eq(queue_slots(false), 2);
	ck_assert_uint_eq(queue_running(false), 0);
	queue_run();
	ck_assert_str_eq(states(), "rrqq");
	ck_assert_uint_eq(queue_running(false), 2);
	queue_run();
	ck_assert_str_eq(states(), "rrqq");
	ck_assert_int_eq(task_stop(tasks[0], KEEPER_NOW, 0, &err), 0);
	until("errq");
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
	ck_assert_uint_eq(queue_running(true), 1);
	ck_assert_uint_eq(queue_slots(true), 1);
}
END_TEST

START_TEST(a_group_has_its_own_limit)
{
	add_group(SLEEP, 3, 2);
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

int
main(void)
{
	return unit_run("queue", taskbox_open, teardown, first_in_first_out,
	    agents_have_slots_of_their_own, a_group_has_its_own_limit,
	    a_start_that_fails_makes_room, waiting_for_others, waiting_in_vain,
	    waiting_for_what_is_gone, NULL);
}
