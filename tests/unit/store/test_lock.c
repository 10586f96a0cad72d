/*
 * Locks of the state directory.  They are between processes, so each test
 * has a second one.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "daemon/record/record.h"
#include "daemon/store/claim.h"
#include "daemon/store/lock.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/task.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct error err;
static pid_t other; /* holds a lock until it is killed */
static int dirfd = -1;
static struct task *task;

static void
setup(void)
{
	taskbox_open();
	task = taskbox_task("{\"command\":\"true\"}");
	dirfd = store_open_task(task_record(task)->path, &err);
	ck_assert_int_ne(dirfd, -1);
}

static void
end_other(void)
{
	if (other <= 0)
		return;
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	other = 0;
}

static void
teardown(void)
{
	end_other();
	close(dirfd);
	task_unref(task);
	taskbox_close();
}

/* Starts a process that takes a lock and keeps it. */
static void
start_other(bool (*take)(void))
{
	int fds[2];
	char byte;

	ck_assert_int_eq(pipe2(fds, O_CLOEXEC), 0);
	other = fork();
	if (other == 0) {
		signal(SIGTERM, SIG_DFL); /* libcheck's ends our group */
		if (take() && write(fds[1], "", 1) == 1)
			pause();
		_exit(1);
	}
	close(fds[1]);
	ck_assert_msg(read(fds[0], &byte, 1) == 1, "it got no lock");
	close(fds[0]);
}

static bool
take_lock(void)
{
	pid_t holder;

	return store_lock("/run/a", &holder, &err) == 0;
}

static bool
take_claim(void)
{
	return store_claim(dirfd, &err) != -1;
}

START_TEST(one_daemon)
{
	pid_t holder = -1;
	char *text;

	ck_assert_int_eq(store_lock("/run/x/sock", &holder, &err), 0);
	text = unit_read("state/lock");
	ck_assert_str_eq(text, "/run/x/sock\n");
	free(text);
}
END_TEST

START_TEST(a_second_one_is_refused)
{
	pid_t holder = -1;
	char *text;

	start_other(take_lock);
	ck_assert_int_eq(store_lock("/run/b", &holder, &err), -1);
	ck_assert_int_eq(err.code, ERR_BUSY);
	ck_assert_int_eq(holder, other);
	ck_assert_ptr_nonnull(strstr(err.text, "another daemon (pid "));
	text = unit_read("state/lock"); /* clients still find the first */
	ck_assert_str_eq(text, "/run/a\n");
	free(text);
	end_other();
	ck_assert_int_eq(store_lock("/run/long/b", &holder, &err), 0);
}
END_TEST

START_TEST(a_holder_is_asked_to_end)
{
	pid_t holder, was;

	start_other(take_lock);
	was = other;
	ck_assert_int_eq(store_lock("/run/b", &holder, &err), -1);
	ck_assert_int_eq(holder, was);
	ck_assert_int_eq(store_end_holder(holder, &err), 0);
	ck_assert_int_eq(store_lock("/run/b", &holder, &err), 0);
	/* who holds nothing is left alone */
	ck_assert_int_eq(store_end_holder(getpid(), &err), 0);
}
END_TEST

START_TEST(claims)
{
	int claim;

	ck_assert_int_eq(store_claim_holder(dirfd, &err), 0);
	start_other(take_claim);
	ck_assert_int_eq(store_claim_holder(dirfd, &err), other);
	ck_assert_int_eq(store_claim(dirfd, &err), -1);
	ck_assert_int_eq(err.code, ERR_BUSY);
	ck_assert_ptr_nonnull(strstr(err.text, "holds it"));
	end_other();
	ck_assert_int_eq(store_claim_holder(dirfd, &err), 0);
	claim = store_claim(dirfd, &err);
	ck_assert_int_ne(claim, -1);
	close(claim);
}
END_TEST

START_TEST(what_has_ended_cannot_be_claimed)
{
	struct record rec = *task_record(task);

	rec.exit = taskbox_exit(0);
	ck_assert_int_eq(store_finish(&rec, &err), 0);
	ck_assert_int_eq(store_claim_holder(dirfd, &err), 0);
	ck_assert_int_eq(store_claim(dirfd, &err), -1);
	/* also while the name is still there */
	taskbox_write(task, "run", "");
	ck_assert_int_eq(store_claim(dirfd, &err), -1);
	ck_assert_int_eq(err.code, ERR_BUSY);
}
END_TEST

UNIT_SUITE
{
	unit_suite("lock", setup, teardown, one_daemon, a_second_one_is_refused,
	    a_holder_is_asked_to_end, claims, what_has_ended_cannot_be_claimed,
	    NULL);
}
