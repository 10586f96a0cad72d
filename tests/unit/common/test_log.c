/*
 * The log: what stands in a line.
 */
#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/unit/unit.h"

static int old_stderr;
static char *logged;

/* From here on stderr is a file. */
static void
setup(void)
{
	int fd = open(unit_path("log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	ck_assert_int_ne(fd, -1);
	old_stderr = dup(STDERR_FILENO);
	ck_assert_int_ne(dup2(fd, STDERR_FILENO), -1);
	close(fd);
}

static void
teardown(void)
{
	dup2(old_stderr, STDERR_FILENO);
	close(old_stderr);
	free(logged);
	logged = NULL;
	unit_cleanup();
}

static const char *
log_text(void)
{
	free(logged);
	logged = unit_read("log");
	return logged;
}

START_TEST(levels)
{
	log_init("prog", false, false);
	log_debug("not seen");
	log_info("t%d: queued", 7);
	errno = ENOSPC;
	log_warn("cannot write");
	log_warnx("odd");
	ck_assert_str_eq(log_text(),
	    "prog: t7: queued\n"
	    "prog: warning: cannot write: No space left on device\n"
	    "prog: warning: odd\n");
}
END_TEST

START_TEST(debugging)
{
	log_init("prog", true, false);
	log_debug("seen");
	log_set_debug(false);
	ck_assert(!log_debugging());
	log_debug("not seen");
	log_set_debug(true);
	ck_assert(log_debugging());
	log_debug("seen again");
	ck_assert_str_eq(log_text(),
	    "prog: debug: seen\nprog: debug: seen again\n");
}
END_TEST

START_TEST(stamped)
{
	regex_t re;

	log_init("prog", false, true);
	log_info("x");
	ck_assert_int_eq(
	    regcomp(&re,
		"^20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:"
		"[0-6][0-9]\\.[0-9]{3}Z prog: x\n$",
		REG_EXTENDED | REG_NOSUB),
	    0);
	ck_assert_msg(regexec(&re, log_text(), 0, NULL, 0) == 0, "%s", logged);
	regfree(&re);
}
END_TEST

START_TEST(a_long_line_is_cut)
{
	char text[5000];

	memset(text, 'y', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_init("prog", false, false);
	errno = EIO;
	log_warn("%s", text);
	log_info("next");
	ck_assert_uint_gt(strlen(log_text()), 2000);
	ck_assert_uint_lt(strlen(logged), 2100);
	ck_assert_str_eq(strchr(logged, '\n'), "\nprog: next\n");
}
END_TEST

/* Returns the exit status of a process that ran one of the two. */
static int
status_of(bool with_errno)
{
	int status;
	pid_t pid = fork();

	ck_assert_int_ne(pid, -1);
	if (pid == 0) {
		errno = EACCES;
		if (with_errno)
			fatal("cannot start %s", "it");
		fatalx("no");
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(fatal_ends_the_process)
{
	log_init("prog", false, false);
	ck_assert_int_eq(status_of(true), 1);
	ck_assert_int_eq(status_of(false), 1);
	ck_assert_str_eq(log_text(),
	    "prog: fatal: cannot start it: Permission denied\n"
	    "prog: fatal: no\n");
}
END_TEST

UNIT_SUITE
{
	unit_suite("log", setup, teardown, levels, debugging, stamped,
	    a_long_line_is_cut, fatal_ends_the_process, NULL);
}
