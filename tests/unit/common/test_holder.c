/*
 * Holders of locks: found, ended, and never another process.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/holder.h"
#include "tests/unit/unit.h"

#define WAIT_MS (10000 * unit_patience())

static struct error err;
static pid_t other;
static int fd = -1;

static void
setup(void)
{
	unit_write("lock", "");
	fd = open(unit_path("lock"), O_RDONLY | O_CLOEXEC);
	ck_assert_int_ne(fd, -1);
}

static void
teardown(void)
{
	if (other > 0) {
		kill(other, SIGKILL);
		waitpid(other, NULL, 0);
	}
	close(fd);
	unit_cleanup();
}

/* A process that holds the lock, or does not, until it is ended. */
static void
start_other(bool holds, bool deaf)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int own, fds[2];
	char byte = 0;

	ck_assert_int_eq(pipe(fds), 0);
	other = fork();
	if (other == 0) {
		own = open(unit_path("lock"), O_RDWR);
		if (holds && fcntl(own, F_SETLK, &lock) == -1)
			_exit(1);
		/* Check has a handler for it, which ends the test */
		signal(SIGTERM, deaf ? SIG_IGN : SIG_DFL);
		if (write(fds[1], &byte, 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_int_eq(read(fds[0], &byte, 1), 1);
	close(fds[0]);
	close(fds[1]);
}

START_TEST(nobody)
{
	ck_assert_int_eq(holder_of(fd), 0);
	start_other(false, false);
	ck_assert_int_eq(holder_of(fd), 0);
}
END_TEST

START_TEST(found_and_ended)
{
	int status;

	start_other(true, false);
	ck_assert_int_eq(holder_of(fd), other);
	/* nobody reaps it before, and it is gone all the same */
	ck_assert_int_eq(holder_end(fd, other, WAIT_MS, &err), 0);
	ck_assert_int_eq(waitpid(other, &status, 0), other);
	other = 0;
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
	ck_assert_int_eq(holder_of(fd), 0);
}
END_TEST

START_TEST(one_that_does_not_end)
{
	start_other(true, true);
	ck_assert_int_eq(holder_end(fd, other, 100, &err), -1);
	ck_assert_int_eq(err.code, ERR_BUSY);
	ck_assert_msg(strstr(err.text, "end it with SIGKILL") != NULL, "%s",
	    err.text);
	ck_assert_int_eq(holder_of(fd), other);
}
END_TEST

/* The pid may have come to be another's. */
START_TEST(others_are_spared)
{
	start_other(false, false);
	ck_assert_int_eq(holder_end(fd, other, WAIT_MS, &err), 0);
	ck_assert_int_eq(waitpid(other, NULL, WNOHANG), 0);
	ck_assert_int_eq(holder_end(fd, getpid(), WAIT_MS, &err), 0);
}
END_TEST

UNIT_SUITE
{
	unit_suite("holder", setup, teardown, nobody, found_and_ended,
	    one_that_does_not_end, others_are_spared, NULL);
}
