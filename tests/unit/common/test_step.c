/*
 * Tests of common/step.c, which ordinary builds have too, unused: the macros
 * alone differ.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#include "common/mem.h"
#include "common/step.h"
#include "tests/unit/unit.h"

/* Arrives at steps in turn in a process of its own; how that ended. */
static int
arrive(const char *const *steps, int *reached)
{
	int fds[2], status;
	char byte;
	pid_t pid;

	ck_assert_int_eq(pipe(fds), 0);
	pid = fork();
	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		for (; *steps != NULL; steps++) {
			step_reached(*steps);
			if (write(fds[1], "x", 1) != 1)
				_exit(1);
		}
		_exit(0);
	}
	close(fds[1]);
	ck_assert_int_eq(waitpid(pid, &status, WUNTRACED), pid);
	if (WIFSTOPPED(status)) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	for (*reached = 0; read(fds[0], &byte, 1) == 1;)
		++*reached;
	close(fds[0]);
	return status;
}

static const char *const steps[] = { "step:a", "step:b", "step:ab", "step:b",
	"step:c", NULL };

static bool
killed_after(int n)
{
	int reached, status = arrive(steps, &reached);

	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL &&
	    reached == n;
}

static bool
goes_through(void)
{
	int reached, status = arrive(steps, &reached);

	return WIFEXITED(status) && WEXITSTATUS(status) == 0 && reached == 5;
}

START_TEST(nothing_is_asked_for)
{
	unsetenv("CCPROC_STEP");
	ck_assert(goes_through());
	setenv("CCPROC_STEP", "", 1);
	ck_assert(goes_through());
	setenv("CCPROC_STEP", "x=kill,bb=kill,b:3=kill,a", 1);
	ck_assert(goes_through());
}
END_TEST

START_TEST(kills_at_the_nth_arrival)
{
	setenv("CCPROC_STEP", "a=kill", 1);
	ck_assert(killed_after(0));
	setenv("CCPROC_STEP", "b=kill", 1);
	ck_assert(killed_after(1));
	setenv("CCPROC_STEP", "b:2=kill", 1);
	ck_assert(killed_after(3));
	setenv("CCPROC_STEP", "c=kill,ab:1=kill", 1);
	ck_assert(killed_after(2));
}
END_TEST

START_TEST(stops)
{
	int reached, status;

	setenv("CCPROC_STEP", "ab=stop", 1);
	status = arrive(steps, &reached);
	ck_assert(WIFSTOPPED(status));
	ck_assert_int_eq(WSTOPSIG(status), SIGSTOP);
	ck_assert_int_eq(reached, 2);
}
END_TEST

/* A list in a file acts once, and says where. */
START_TEST(file)
{
	char *variable = xasprintf("@%s", unit_path("list"));
	char *said;

	setenv("CCPROC_STEP", variable, 1);
	ck_assert(goes_through()); /* there is none */
	unit_write("list", "b:2=kill\n");
	ck_assert(killed_after(3));
	ck_assert_int_ne(access(unit_path("list"), F_OK), 0);
	said = unit_read("list.fired");
	ck_assert_str_eq(said, "b");
	free(said);
	ck_assert(goes_through());
	unit_write("list", "a=kill");
	ck_assert(killed_after(0));
	free(variable);
}
END_TEST

START_TEST(halves)
{
	setenv("CCPROC_STEP", "b:2=kill", 1);
	ck_assert_uint_eq(step_half("step:a", 9), 9);
	ck_assert_uint_eq(step_half("step:b", 9), 9);
	step_reached("step:b");
	ck_assert_uint_eq(step_half("step:b", 9), 5);
	ck_assert_uint_eq(step_half("step:b", 1), 1);
}
END_TEST

START_TEST(errno_stays)
{
	setenv("CCPROC_STEP", "@/no/such/file", 1);
	errno = ERANGE;
	step_reached("step:a");
	step_half("step:a", 2);
	ck_assert_int_eq(errno, ERANGE);
}
END_TEST

UNIT_SUITE
{
	unit_suite("step", NULL, unit_cleanup, nothing_is_asked_for,
	    kills_at_the_nth_arrival, stops, file, halves, errno_stays, NULL);
}
