/*
 * What is told of a request that is being handled.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon/crash.h"
#include "tests/unit/unit.h"

static int ends[2];

static void
setup(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	crash_init();
}

/* Returns what comes next. */
static const char *
heard(void)
{
	static char line[200];
	ssize_t n;

	do
		n = recv(ends[1], line, sizeof(line) - 1, 0);
	while (n == -1);
	line[n] = '\0';
	return line;
}

#define SAID(what, ordinal) \
	"{\"jsonrpc\":\"2.0\",\"method\":\"ccproc/" what \
	"\",\"params\":{\"ordinal\":" ordinal "}}\n"

START_TEST(what_takes_long)
{
	crash_handling(ends[0], 1, false);
	ck_assert(!crash_handled());
	crash_handling(ends[0], 12345678901, false);
	ck_assert_str_eq(heard(), SAID("taking", "12345678901"));
	ck_assert(crash_handled());
	crash_handling(ends[0], 3, true);
	ck_assert(crash_handled());
	crash_handling(ends[0], 0, false);
	ck_assert(!crash_handled());
	crash_handling(ends[0], 4, false);
	ck_assert_str_eq(heard(), SAID("taking", "4"));
	crash_handled();
}
END_TEST

static void
die_of(uint64_t ordinal, bool soon)
{
	int status;

	if (fork() == 0) {
		crash_handling(ends[0], ordinal, false);
		if (!soon)
			crash_handled();
		raise(SIGABRT);
	}
	ck_assert_int_ne(wait(&status), -1);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

START_TEST(who_dies)
{
	die_of(1, false);
	die_of(2, true);
	ck_assert_str_eq(heard(), SAID("died", "2"));
}
END_TEST

UNIT_SUITE
{
	unit_suite("crash", setup, NULL, what_takes_long, who_dies, NULL);
}
