/*
 * The life of tasks, with real keepers: from the queue to the record, and
 * what a new daemon finds.  Long because each way through a life is a test.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/machine.h"
#include "common/mem.h"
#include "daemon/queue/queue.h"
#include "daemon/record/record.h"
#include "daemon/session.h"
#include "daemon/store/files.h"
#include "daemon/store/live.h"
#include "daemon/store/name.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/task.h"
#include "daemon/task/whereabouts.h"
#include "daemon/view/line.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct error err;

static struct task *
run(const char *spec)
{
	struct task *task = taskbox_task(spec);

	queue_run();
	taskbox_until_ended(task);
	return task;
}

START_TEST(from_start_to_end)
{
	struct task *task = taskbox_task("{\"command\":\"echo hi; exit 3\"}");
	const struct record *rec = task_record(task);
	char *text;

	ck_assert_int_eq(rec->state, STATE_QUEUED);
	ck_assert_ptr_eq(task_find_live(1), task);
	ck_assert_ptr_eq(task_next_live(NULL), task);
	ck_assert_ptr_null(task_next_live(task));
	queue_run();
	ck_assert_int_eq(rec->state, STATE_RUNNING);
	ck_assert(task_starting(task));
	taskbox_until_ended(task);
	ck_assert(!task_starting(task));
	ck_assert_int_eq(rec->state, STATE_FAILED);
	ck_assert_int_eq(rec->reason, REASON_EXIT_CODE);
	ck_assert_int_eq(rec->exit.exit_code, 3);
	ck_assert_ptr_null(task_find_live(1));
	text = taskbox_read(task, "stdout");
	ck_assert_str_eq(text, "hi\n");
	free(text);
	ck_assert(taskbox_has(task, "exit.json"));
	ck_assert(!taskbox_has(task, "run") && !taskbox_has(task, "env"));
	ck_assert_int_eq(rmdir(unit_path("state/live")), 0); /* empty */
	task_unref(task);
}
END_TEST

START_TEST(programs_that_cannot_start)
{
	struct task *task = run("{\"command\":[\"/no/such/program\"]}");

	ck_assert_int_eq(task_record(task)->state, STATE_FAILED);
	ck_assert_int_eq(task_record(task)->reason, REASON_SPAWN_ERROR);
	task_unref(task);
	task = run("{\"command\":\"true\",\"cwd\":\"/no/such/dir\"}");
	ck_assert_int_eq(task_record(task)->reason, REASON_SPAWN_ERROR);
	ck_assert_str_eq(task_record(task)->exit.spawn_stage, "cwd");
	task_unref(task);
}
END_TEST

static bool
runs(void *arg)
{
	return task_record(arg)->state == STATE_RUNNING && !task_starting(arg);
}

START_TEST(stopped)
{
	struct task *task = taskbox_task("{\"command\":\"sleep 100\"}");

	queue_run();
	taskbox_until(runs, task);
	ck_assert_int_eq(task_stop(task, KEEPER_NOW, 0, &err), 0);
	taskbox_until_ended(task);
	ck_assert_int_eq(task_record(task)->state, STATE_CANCELLED);
	ck_assert_int_eq(task_record(task)->reason, REASON_USER);
	/* once more is no error */
	ck_assert_int_eq(task_stop(task, KEEPER_NOW, 0, &err), 0);
	task_unref(task);
}
END_TEST

/* A stop may come before the keeper has looked at its first signal. */
START_TEST(stopped_while_starting)
{
	struct task *task = taskbox_task("{\"command\":\"sleep 100\"}");

	queue_run();
	ck_assert_int_eq(task_stop(task, KEEPER_NOW, 0, &err), 0);
	taskbox_until_ended(task);
	ck_assert_int_eq(task_record(task)->state, STATE_CANCELLED);
	task_unref(task);
}
END_TEST

START_TEST(cancelled_in_the_queue)
{
	struct task *task = taskbox_task("{\"command\":\"true\"}");

	ck_assert_int_eq(task_stop(task, KEEPER_GRACEFUL, 10, &err), 0);
	ck_assert_int_eq(task_record(task)->state, STATE_CANCELLED);
	ck_assert_ptr_null(task_find_live(1));
	queue_run(); /* nothing to start */
	task = taskbox_reopen(task);
	ck_assert_int_eq(task_record(task)->state, STATE_CANCELLED);
	ck_assert_int_eq(task_record(task)->reason, REASON_USER);
	ck_assert(!taskbox_has(task, "stdout"));
	task_unref(task);
}
END_TEST

struct counter {
	struct watcher watcher; /* first */
	int calls;
};

static void
count(struct watcher *watcher, struct task *task, unsigned news)
{
	(void)task;
	((struct counter *)watcher)->calls += news < TASK_QUESTIONS;
}

static void
count_and_leave(struct watcher *watcher, struct task *task, unsigned news)
{
	count(watcher, task, news);
	task_unwatch(watcher);
}

START_TEST(watchers)
{
	struct task *task = taskbox_task("{\"command\":\"true\"}");
	struct counter all = { .watcher = { .wants = TASK_ANY,
				   .changed = count } };
	struct counter once = { .watcher = { .wants = TASK_ANY,
				    .changed = count_and_leave } };

	task_watch(task, &all.watcher);
	task_watch(task, &once.watcher);
	queue_run();
	taskbox_until_ended(task);
	/* starting, perhaps running, summing up, ended */
	ck_assert_int_ge(all.calls, 3);
	ck_assert_int_le(all.calls, 4);
	ck_assert_int_eq(once.calls, 1);
	task_unwatch(&all.watcher);
	task_unwatch(&all.watcher);
	task_unref(task);
}
END_TEST

/* Lets go of all tasks and takes them over again. */
static int
adopt(const struct store_name *name, void *arg, struct error *adopt_err)
{
	(void)arg;
	return task_adopt(name, adopt_err);
}

static struct task *
restart(struct task *task)
{
	uint64_t number = task_record(task)->number;

	task_unref(task);
	task_forget_all();
	ck_assert_ptr_null(task_next_live(NULL));
	ck_assert_int_eq(store_each_live(adopt, NULL, &err), 0);
	task = task_find_live(number);
	return task == NULL ? NULL : task_ref(task);
}

START_TEST(queued_tasks_are_adopted)
{
	struct task *task = taskbox_task("{\"command\":\"echo x\"}");

	task = restart(task);
	ck_assert_int_eq(task_record(task)->state, STATE_QUEUED);
	taskbox_until_ended(task); /* the adoption kicked the queue */
	ck_assert_int_eq(task_record(task)->state, STATE_COMPLETED);
	task_unref(task);
}
END_TEST

/* A task is not damaged because there were no descriptors. */
START_TEST(one_that_cannot_be_read_now)
{
	struct task *task = taskbox_task("{\"command\":\"true\"}");
	uint64_t number = task_record(task)->number;
	struct store_name name = { .number = number };
	struct rlimit before;
	int result;

	snprintf(name.path, sizeof(name.path), "%s", task_record(task)->path);
	task_unref(task);
	task_forget_all();
	before = unit_no_descriptors();
	result = task_adopt(&name, &err);
	setrlimit(RLIMIT_NOFILE, &before);
	ck_assert_int_eq(result, -1);
	ck_assert_int_eq(err.errnum, EMFILE);
	ck_assert_int_eq(store_each_live(adopt, NULL, &err), 0);
	ck_assert_ptr_nonnull(task_find_live(number));
}
END_TEST

START_TEST(running_tasks_are_adopted)
{
	struct task *task = taskbox_task("{\"command\":\"sleep 0.3; exit 4\"}");

	queue_run();
	taskbox_until(runs, task);
	task = restart(task);
	ck_assert_int_eq(task_record(task)->state, STATE_RUNNING);
	ck_assert_int_gt(task_record(task)->exit.started_at, 0);
	taskbox_until_ended(task);
	ck_assert_int_eq(task_record(task)->exit.exit_code, 4);
	task_unref(task);
}
END_TEST

/* Before or after the keeper's claim: it runs once. */
START_TEST(starting_tasks_are_adopted)
{
	struct task *task = taskbox_task("{\"command\":\"echo once\"}");
	char *text;

	queue_run();
	task = restart(task);
	if (task == NULL) /* as fast as that */
		return;
	taskbox_until_ended(task);
	ck_assert_int_eq(task_record(task)->state, STATE_COMPLETED);
	text = taskbox_read(task, "stdout");
	ck_assert_str_eq(text, "once\n");
	free(text);
	task_unref(task);
}
END_TEST

START_TEST(ended_tasks_are_settled)
{
	struct task *task = taskbox_task("{\"prompt\":\"x\"}");
	struct record rec = *task_record(task);

	rec.exit = taskbox_exit(1);
	ck_assert_int_eq(store_finish(&rec, &err), 0);
	ck_assert_ptr_null(restart(task));
	ck_assert_int_eq(rmdir(unit_path("state/live")), 0);
}
END_TEST

/* A claim as one keeper of that machine, boot and namespace writes it. */
static struct task *
abandoned(const struct machine *machine, const char *more)
{
	struct task *task = taskbox_task("{\"command\":\"true\"}");
	char *run = xasprintf("{\"version\":1,\"machine\":\"%s\","
			      "\"boot\":\"%s\",\"pidns\":\"%s\","
			      "\"keeper_pid\":1,\"keeper_start\":1,"
			      "\"cgroup\":\"\",\"started_at\":1795335858118,\n"
			      "%s",
	    machine->id, machine->boot, machine->pidns, more);

	taskbox_write(task, "run", run);
	free(run);
	return task;
}

/* Expects that of the task after a restart, at once or when it has ended. */
static void
expect_after_restart(struct task *task, const char *line)
{
	struct task *watched = task_ref(task);
	char *text;

	task = restart(task);
	if (task != NULL) {
		ck_assert_int_eq(task_record(task)->state, STATE_RUNNING);
		taskbox_until_ended(task);
		task_unref(task);
	}
	watched = taskbox_reopen(watched);
	text = view_first_line(watched);
	ck_assert_str_eq(text, line);
	free(text);
	task_unref(watched);
}

START_TEST(keepers_that_were_killed)
{
	struct machine here;

	machine_read(&here);
	expect_after_restart(abandoned(&here, ""), "t1 lost: keeper killed");
	strcpy(here.boot, "another");
	expect_after_restart(abandoned(&here, ""),
	    "t2 lost: machine restarted");
	machine_read(&here);
	expect_after_restart(abandoned(&here,
				 "\"main_exited\":true,\"main_pid\":2,"
				 "\"exit_code\":0,\"exit_signal\":0,"
				 "\"main_ended_at\":1795335858119,\n"),
	    "t3 lost: keeper killed");
}
END_TEST

/* Killed between the outcome and the rename: nothing is lost. */
START_TEST(a_record_that_lacks_the_rename)
{
	struct machine here;

	machine_read(&here);
	expect_after_restart(
	    abandoned(&here,
		"\"main_exited\":true,\"main_pid\":2,\"exit_code\":7,"
		"\"exit_signal\":0,\"main_ended_at\":1795335859318,\n"
		"\"stop_reason\":\"\",\"spawn_stage\":\"\","
		"\"spawn_errno\":0,\"ended_at\":1795335859318,"
		"\"elapsed\":1200,\"utime\":0,\"stime\":0,\"maxrss_kb\":0,"
		"\"leftovers\":0,\"leftover_names\":\"\",\"unkillable\":0,"
		"\"note\":\"\"}\n"),
	    "t1 failed: exit code 7 \xc2\xb7 1.2 s");
}
END_TEST

/* Has a child hold the claim of a task; until it is killed. */
static pid_t
hold(const struct task *task)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char *path = xasprintf("%s/run",
	    store_full_path(task_record(task)->dir));
	int fds[2];
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		if (fcntl(open(path, O_RDWR), F_SETLK, &lock) == 0 &&
		    write(fds[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	ck_assert_int_eq(read(fds[0], path, 1), 1);
	close(fds[0]);
	close(fds[1]);
	free(path);
	return pid;
}

/* As the next daemon finds it while another keeper ends what one has left. */
START_TEST(what_is_being_ended_may_be_anybody)
{
	struct machine here;
	struct task *task;
	uint64_t number;
	pid_t sweeper;

	machine_read(&here);
	task = abandoned(&here, "");
	sweeper = hold(task);
	task = restart(task);
	ck_assert_int_eq(task_phase(task), TASK_ORPHANED);
	ck_assert_int_eq(whereabouts(getpid(), &number), WHERE_UNSURE);
	kill(sweeper, SIGKILL);
	ck_assert_int_eq(waitpid(sweeper, NULL, 0), sweeper);
	taskbox_until_ended(task);
	ck_assert_int_eq(whereabouts(getpid(), &number), WHERE_OUTSIDE);
	task_unref(task);
}
END_TEST

START_TEST(damaged_claims)
{
	struct task *task = taskbox_task("{\"command\":\"true\"}");

	taskbox_write(task, "run", "{\"vers");
	expect_after_restart(task, "t1 lost: keeper killed");
}
END_TEST

/* A claim of a later version is not ours to judge. */
START_TEST(later_claims_are_left_alone)
{
	static const char run[] = "{\"version\":2,\"machine\":\"m\",";
	struct task *task = taskbox_task("{\"command\":\"true\"}");
	char *text;

	taskbox_write(task, "run", run);
	ck_assert_ptr_null(restart(task_ref(task)));
	text = taskbox_read(task, "run");
	ck_assert_str_eq(text, run);
	free(text);
	ck_assert(!taskbox_has(task, "exit.json"));
	ck_assert_int_eq(rmdir(unit_path("state/live")), -1);
	task_unref(task);
}
END_TEST

START_TEST(a_task_of_elsewhere_cannot_be_stopped)
{
	struct machine there;
	struct task *task;

	machine_read(&there);
	strcpy(there.id, "ffffffffffffffffffffffffffffffff");
	task = abandoned(&there, "");
	task_ref(task);
	ck_assert_ptr_null(restart(task));
	task = taskbox_reopen(task);
	ck_assert_int_eq(task_stop(task, KEEPER_NOW, 0, &err), -1);
	ck_assert(!taskbox_has(task, "exit.json"));
	ck_assert(!record_ended(task_record(task)));
	task_unref(task);
}
END_TEST

UNIT_SUITE
{
	unit_suite("task", taskbox_open, taskbox_close, from_start_to_end,
	    programs_that_cannot_start, stopped, stopped_while_starting,
	    cancelled_in_the_queue, watchers, queued_tasks_are_adopted,
	    one_that_cannot_be_read_now, running_tasks_are_adopted,
	    starting_tasks_are_adopted, ended_tasks_are_settled,
	    keepers_that_were_killed, a_record_that_lacks_the_rename,
	    what_is_being_ended_may_be_anybody, damaged_claims,
	    later_claims_are_left_alone, a_task_of_elsewhere_cannot_be_stopped,
	    NULL);
}
