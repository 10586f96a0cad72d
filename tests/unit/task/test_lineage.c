/*
 * Tasks that start tasks: who is whose, and how far that goes.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/pidfd.h"
#include "daemon/config.h"
#include "daemon/find/resolve.h"
#include "daemon/os/process.h"
#include "daemon/queue/queue.h"
#include "daemon/record/record.h"
#include "daemon/session.h"
#include "daemon/task/inside.h"
#include "daemon/task/lineage.h"
#include "daemon/task/peer.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define MANY 8
#define TRUE "{\"command\":\"true\"}"
#define SLEEP "{\"command\":\"sleep 60\"}"

static struct error err;
static struct task *tasks[MANY];
static size_t n;

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
	while (n > 0) {
		if (task_stop(tasks[--n], KEEPER_NOW, 0, &err) == 0)
			taskbox_until_ended(tasks[n]);
		task_unref(tasks[n]);
	}
	taskbox_close();
}

/* Starts a task inside of another one (0: of none); -1: refused. */
static int
start_in(uint64_t number, const char *json)
{
	const struct task_group alone = { .grouped = false };
	struct task_spec *spec = xcalloc(1, sizeof(*spec));
	const struct task_spec *specs[] = { spec };
	static uint64_t ordinal = 1000;
	int result;

	taskbox_spec(json, spec);
	taskbox_peer()->inside = number;
	taskbox_peer()->where = number == 0 ? WHERE_OUTSIDE : WHERE_INSIDE;
	tasks[n] = NULL;
	result = task_create(specs, 1, &alone, taskbox_session(), ++ordinal,
	    &tasks[n], &err);
	n += result == 0;
	task_spec_free(spec);
	return result;
}

static const struct record_origin *
origin(size_t i)
{
	return &task_record(tasks[i])->from;
}

START_TEST(a_chain)
{
	char *parent;

	ck_assert_int_eq(start_in(0, TRUE), 0);
	ck_assert_int_eq(start_in(1, TRUE), 0);
	ck_assert_int_eq(start_in(2, TRUE), 0);
	ck_assert_int_eq(start_in(3, TRUE), -1);
	ck_assert_str_eq(err.text,
	    "this task is t3, started by t2, started by t1: tasks may start "
	    "tasks 3 deep; do the work here, or return and let the session "
	    "that started t1 start it");
	ck_assert_ptr_null(origin(0)->parent);
	ck_assert_int_eq(origin(0)->depth, 1);
	parent = xasprintf("t2-%s", origin(1)->uuid);
	ck_assert_str_eq(origin(2)->parent, parent);
	free(parent);
	ck_assert_int_eq(origin(2)->depth, 3);
	tasks[2] = taskbox_reopen(tasks[2]);
	ck_assert_str_eq(origin(2)->ancestors[0], "t1");
	ck_assert_str_eq(origin(2)->ancestors[1], "t2");
	ck_assert_ptr_null(origin(2)->ancestors[2]);
	ck_assert(lineage_descends(task_record(tasks[2]), 1));
	ck_assert(!lineage_descends(task_record(tasks[2]), 3));
}
END_TEST

/* The ancestors of the process are believed, not its environment. */
START_TEST(an_environment_that_lies)
{
	struct session *session = taskbox_session();
	static const char env[] = "CCPROC_TASK=t77-x\0CCPROC_DEPTH=0";

	ck_assert_int_eq(start_in(0, TRUE), 0);
	free(session->env);
	session->env = xcalloc(1, sizeof(env));
	memcpy(session->env, env, sizeof(env));
	session->env_len = sizeof(env);
	ck_assert_int_eq(start_in(1, TRUE), 0);
	ck_assert_int_eq(origin(1)->depth, 2);
	ck_assert_int_eq(strncmp(origin(1)->parent, "t1-", 3), 0);
	ck_assert_int_eq(start_in(0, TRUE), 0);
	ck_assert_str_eq(origin(2)->parent, "t77-x");
	ck_assert_int_eq(origin(2)->depth, 1);
	ck_assert_ptr_null(origin(2)->ancestors);
}
END_TEST

/* One that has left its task: the environment names the task, whole. */
START_TEST(an_environment_that_tells_the_truth)
{
	struct session *session = taskbox_session();

	ck_assert_int_eq(start_in(0, TRUE), 0);
	ck_assert_int_eq(start_in(1, TRUE), 0);
	free(session->env);
	session->env = xasprintf("CCPROC_TASK=t2-%s", origin(1)->uuid);
	session->env_len = strlen(session->env) + 1;
	ck_assert_int_eq(start_in(0, TRUE), 0);
	ck_assert_int_eq(origin(2)->depth, 3);
	ck_assert(lineage_descends(task_record(tasks[2]), 1));
	ck_assert_int_eq(start_in(3, TRUE), -1);
}
END_TEST

START_TEST(too_many_below_one)
{
	configure("{\"agents\":{\"max_descendants\":2}}");
	ck_assert_int_eq(start_in(0, TRUE), 0);
	ck_assert_int_eq(start_in(1, TRUE), 0);
	ck_assert_int_eq(start_in(2, TRUE), 0);
	ck_assert_int_eq(start_in(2, TRUE), -1);
	ck_assert_str_eq(err.text,
	    "this task is t2, started by t1: 2 tasks that t1 has started, by "
	    "itself or by others, have not ended, 1 more would be more than "
	    "the 2 allowed (agents.max_descendants); wait for some of them, "
	    "list_tasks {\"tree\":\"t1\",\"scope\":\"active\"} shows them");
	ck_assert_int_eq(task_stop(tasks[2], KEEPER_NOW, 0, &err), 0);
	ck_assert_int_eq(start_in(2, TRUE), 0);
	ck_assert_int_eq(start_in(0, TRUE), 0); /* a person may start more */
}
END_TEST

START_TEST(a_tree_that_is_stopped)
{
	struct task_list list = { 0 };

	ck_assert_int_eq(start_in(0, SLEEP), 0);
	ck_assert_int_eq(start_in(0, SLEEP), 0);
	ck_assert_int_eq(start_in(1, SLEEP), 0);
	ck_assert_int_eq(start_in(3, SLEEP), 0);
	task_list_add(&list, tasks[0]);
	lineage_close(&list);
	ck_assert_uint_eq(list.n, 3);
	ck_assert_ptr_eq(list.tasks[1], tasks[2]);
	ck_assert_ptr_eq(list.tasks[2], tasks[3]);
	task_list_clear(&list);
	ck_assert_int_eq(start_in(3, TRUE), -1);
	ck_assert_str_eq(err.text,
	    "nothing more is started in t1, which was stopped with all that it "
	    "started");
	ck_assert_int_eq(start_in(2, TRUE), 0);
	queue_run(); /* it is started (again) */
	ck_assert_int_eq(start_in(1, TRUE), 0);
}
END_TEST

/* The pids that its program has written. */
static bool
tells(pid_t *pids)
{
	char *text = taskbox_read(tasks[0], "stdout");
	bool both = sscanf(text, "%d %d\n", &pids[0], &pids[1]) == 2;

	free(text);
	return both;
}

START_TEST(by_its_keeper)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	uint64_t number;
	pid_t pids[2];
	int i;

	ck_assert_int_eq(whereabouts(getpid(), &number), WHERE_OUTSIDE);
	ck_assert_int_eq(start_in(0,
			     "{\"command\":\"sleep 60 & echo $$ $!; wait\"}"),
	    0);
	queue_run();
	taskbox_until_running(tasks[0]);
	for (i = 0; !tells(pids) && i < 5000 * unit_patience(); i++)
		nanosleep(&ms, NULL);
	ck_assert(tells(pids));
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(whereabouts(pids[i], &number), WHERE_INSIDE);
		ck_assert_uint_eq(number, 1);
	}
	ck_assert_int_eq(whereabouts(getpid(), &number), WHERE_OUTSIDE);
	ck_assert_uint_eq(number, 0);
	ck_assert_int_eq(whereabouts(0, &number), WHERE_UNKNOWN);
}
END_TEST

/* A process that has ended has no ancestors: that tells nothing. */
START_TEST(of_one_that_has_ended)
{
	uint64_t number;
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(whereabouts(pid, &number), WHERE_UNKNOWN);
	ck_assert_uint_eq(number, 0);
}
END_TEST

/* To follow all of them would cost the loop too much. */
START_TEST(one_with_very_many_ancestors)
{
	pid_t first, last = 0;
	uint64_t number;
	int i, fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	first = fork();
	if (first == 0) {
		setpgid(0, 0);
		for (i = 0; i < 250 && fork() == 0; i++)
			last = getpid();
		if (i < 250 || write(fds[1], &last, sizeof(last)) > 0)
			pause();
		_exit(0);
	}
	ck_assert_int_eq(read(fds[0], &last, sizeof(last)), sizeof(last));
	ck_assert_int_eq(whereabouts(last, &number), WHERE_UNKNOWN);
	kill(-first, SIGKILL);
	waitpid(first, NULL, 0);
	close(fds[0]);
	close(fds[1]);
}
END_TEST

/* A process in a session of its own that is younger than all tasks. */
static pid_t
newcomer(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		setsid();
		pause();
		_exit(0);
	}
	while (getsid(pid) != pid)
		usleep(1000);
	return pid;
}

/* Whoever it is, until what the killed keeper has left has been ended. */
START_TEST(one_that_a_killed_keeper_may_have_left)
{
	static const enum task_phase phases[] = { TASK_STARTING, TASK_UNSEEN,
		TASK_RUNNING };
	struct peer peer;
	size_t i;

	ck_assert_int_eq(start_in(0, SLEEP), 0);
	queue_run();
	taskbox_until_running(tasks[0]);
	peer.pid = newcomer();
	peer.pidfd = pidfd_of(peer.pid);
	taskbox_session()->peer = &peer;
	kill(task_keeper_pid(tasks[0]), SIGKILL);
	while (!process_has_ended(tasks[0]->keeper))
		usleep(1000);
	for (i = 0; i < 3; i++) {
		tasks[0]->phase = phases[i];
		peer.where = WHERE_UNSURE;
		ck_assert_int_eq(peer_where(taskbox_session()), WHERE_UNSURE);
		ck_assert(!peer_is_known(taskbox_session()));
	}
	taskbox_until_ended(tasks[0]);
	ck_assert_int_eq(peer_where(taskbox_session()), WHERE_OUTSIDE);
	ck_assert_int_eq(peer.pidfd, -1);
	kill(peer.pid, SIGKILL);
	waitpid(peer.pid, NULL, 0);
}
END_TEST

/* Nobody knows whose it is: it may start something, which starts nothing. */
START_TEST(an_unknown_origin)
{
	const struct session *session = taskbox_session();
	struct lineage lineage;

	configure("{\"agents\":{\"max_depth\":3}}");
	taskbox_peer()->where = WHERE_UNKNOWN;
	taskbox_peer()->pid = 0;
	lineage_of(session, &lineage);
	ck_assert_int_eq(lineage.depth, 3);
	ck_assert(lineage.unknown);
	ck_assert_int_eq(lineage_check(&lineage, 1, &err), 0);
	lineage_clear(&lineage);
	/* but one of this machine, which has hidden itself */
	taskbox_peer()->pid = 7;
	lineage_of(session, &lineage);
	ck_assert_int_eq(lineage_check(&lineage, 1, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "has ended, or has too many"));
	lineage_clear(&lineage);
	taskbox_peer()->pid = 0;
}
END_TEST

UNIT_SUITE
{
	unit_suite("lineage", taskbox_open, teardown, a_chain,
	    an_environment_that_lies, an_environment_that_tells_the_truth,
	    too_many_below_one, a_tree_that_is_stopped, by_its_keeper,
	    of_one_that_has_ended, one_with_very_many_ancestors,
	    one_that_a_killed_keeper_may_have_left, an_unknown_origin, NULL);
}
