/*
 * Tests of keeper/tree.c and keeper/procstat.c: each one walks both ways,
 * through the children files and through every stat file.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <check.h>

#include "keeper/procstat.h"
#include "keeper/tree.h"
#include "tests/unit/unit.h"

#define DEADLINE_MS 10000

static int fds[2];

static void
setup(int by_stat)
{
	tree_use_stat(by_stat);
	ck_assert_int_eq(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	ck_assert_int_eq(pipe(fds), 0);
}

/* Ends all that the test has started. */
static void
finish(void)
{
	do
		tree_signal(SIGKILL);
	while (waitpid(-1, NULL, WNOHANG) >= 0);
}

static void stand(void) __attribute__((noreturn));

static void
stand(void)
{
	if (write(fds[1], "x", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static pid_t
spawn(void)
{
	pid_t pid = fork();

	ck_assert_int_ge(pid, 0);
	return pid;
}

/* Until n processes stand. */
static void
await(int n)
{
	char c;

	while (n-- > 0)
		ck_assert_int_eq(read(fds[0], &c, 1), 1);
}

/* A chain of depth processes below us. */
static void
start_chain(int depth)
{
	int i;

	for (i = 0; i < depth; i++)
		if (spawn() != 0)
			break;
	if (i == 0) {
		await(depth);
		return;
	}
	stand();
}

static void
wait_until_running(unsigned running)
{
	struct timespec ms = { 0, 1000000 };
	int i;

	for (i = 0; i < DEADLINE_MS * unit_patience(); i++) {
		if (tree_signal(0).running == running)
			return;
		nanosleep(&ms, NULL);
	}
	ck_abort_msg("not %u running processes", running);
}

START_TEST(nobody)
{
	char names[64] = "junk";
	struct tree_count count;

	setup(_i);
	count = tree_list(names, sizeof(names));
	ck_assert_uint_eq(count.alive, 0);
	ck_assert_uint_eq(count.running, 0);
	ck_assert_str_eq(names, "");
}
END_TEST

START_TEST(a_chain)
{
	char names[512];

	setup(_i);
	start_chain(7);
	ck_assert_uint_eq(tree_list(names, sizeof(names)).alive, 7);
	ck_assert_ptr_nonnull(strstr(names, " test_keeper, "));
	finish();
	ck_assert_uint_eq(tree_signal(0).alive, 0);
}
END_TEST

START_TEST(stopped_is_alive_but_not_running)
{
	setup(_i);
	start_chain(3);
	ck_assert_uint_eq(tree_signal(SIGSTOP).alive, 3);
	wait_until_running(0);
	ck_assert_uint_eq(tree_signal(0).alive, 3);
	tree_signal(SIGCONT);
	wait_until_running(3);
	finish();
}
END_TEST

START_TEST(a_zombie_is_nobody)
{
	siginfo_t info;

	setup(_i);
	if (spawn() == 0)
		_exit(0);
	ck_assert_int_eq(waitid(P_ALL, 0, &info, WEXITED | WNOWAIT), 0);
	ck_assert_uint_eq(tree_signal(SIGKILL).alive, 0);
	finish();
}
END_TEST

static void *
fork_in_thread(void *arg)
{
	(void)arg;
	if (fork() == 0)
		stand();
	stand();
}

/* The first thread is a zombie; the other one has a child. */
START_TEST(threads_have_children)
{
	struct procstat st;
	pthread_t thread;
	pid_t pid;

	setup(_i);
	pid = spawn();
	if (pid == 0) {
		if (pthread_create(&thread, NULL, fork_in_thread, NULL) != 0)
			_exit(1);
		pthread_exit(NULL);
	}
	await(2);
	do
		ck_assert(procstat_read(pid, &st));
	while (st.state != 'Z');
	ck_assert(procstat_alive(&st));
	ck_assert_uint_eq(tree_signal(0).alive, 2);
	finish();
}
END_TEST

START_TEST(orphans_are_ours)
{
	pid_t pid;

	setup(_i);
	pid = spawn();
	if (pid == 0) {
		if (fork() == 0) {
			setsid();
			stand();
		}
		_exit(0);
	}
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	await(1);
	ck_assert_uint_eq(tree_signal(0).alive, 1);
	finish();
}
END_TEST

START_TEST(a_stranger_is_left_alone)
{
	int status;
	pid_t ours, stranger;

	/* a sibling of the walker, which is a child of the test */
	stranger = spawn();
	if (stranger == 0)
		for (;;)
			pause();
	ours = spawn();
	if (ours == 0) {
		setup(_i);
		start_chain(2);
		finish();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(ours, &status, 0), ours);
	ck_assert_int_eq(status, 0);
	ck_assert_int_eq(waitpid(stranger, &status, WNOHANG), 0);
	kill(stranger, SIGKILL);
	ck_assert_int_eq(waitpid(stranger, &status, 0), stranger);
	ck_assert_int_eq(WTERMSIG(status), SIGKILL);
}
END_TEST

START_TEST(names_are_cut_whole)
{
	char names[40];
	int i;

	setup(_i);
	for (i = 0; i < 5; i++)
		if (spawn() == 0)
			stand();
	await(5);
	ck_assert_uint_eq(tree_list(names, sizeof(names)).alive, 5);
	ck_assert_uint_gt(strlen(names), 0);
	ck_assert_str_eq(strrchr(names, ' '), " test_keeper");
	finish();
}
END_TEST

START_TEST(stat_of_a_strange_name)
{
	struct procstat st, self;

	(void)_i;
	ck_assert_int_eq(prctl(PR_SET_NAME, "a) Z 1 (\"\n\\"), 0);
	ck_assert(procstat_read(0, &self));
	ck_assert(procstat_read(getpid(), &st));
	ck_assert_str_eq(self.comm, st.comm);
	ck_assert_int_eq(strncmp(st.comm, "a) Z 1 (?", 9), 0);
	ck_assert_int_eq(st.state, 'R');
	ck_assert_int_eq(st.ppid, getppid());
	ck_assert_int_eq(st.threads, 1);
	ck_assert_int_gt(st.start, 0);
	ck_assert_int_eq(st.start, self.start);
}
END_TEST

START_TEST(stat_of_nobody)
{
	struct procstat st;
	pid_t pid = spawn();

	(void)_i;
	if (pid == 0)
		_exit(0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert(!procstat_read(pid, &st));
}
END_TEST

UNIT_SUITE
{
	TCase *tc = unit_suite("tree", NULL, NULL, stat_of_a_strange_name,
	    stat_of_nobody, NULL);

	tcase_add_loop_test(tc, nobody, 0, 2);
	tcase_add_loop_test(tc, a_chain, 0, 2);
	tcase_add_loop_test(tc, stopped_is_alive_but_not_running, 0, 2);
	tcase_add_loop_test(tc, a_zombie_is_nobody, 0, 2);
	tcase_add_loop_test(tc, threads_have_children, 0, 2);
	tcase_add_loop_test(tc, orphans_are_ours, 0, 2);
	tcase_add_loop_test(tc, a_stranger_is_left_alone, 0, 2);
	tcase_add_loop_test(tc, names_are_cut_whole, 0, 2);
}
