/*
 * Tests of common/starter.c: what the daemon finds when it is started, and
 * what its ready pipe says.  Shell scripts play the daemon.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#undef fail /* libcheck's, deprecated: it hides the one of error.h */

#include "common/error.h"
#include "common/mem.h"
#include "common/starter.h"
#include "tests/unit/unit.h"

static char dir[64], program[128], logfile[128];
static struct error err;

static void
setup(void)
{
	strcpy(dir, "/tmp/test_starter.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(program, sizeof(program), "%s/ccprocd", dir);
	snprintf(logfile, sizeof(logfile), "%s/log", dir);
	setenv("CCPROC_TEST_DIR", dir, 1);
	error_clear(&err);
}

static void
teardown(void)
{
	char *command = xasprintf("/bin/rm -rf %s", dir);

	ck_assert_int_eq(system(command), 0);
	free(command);
}

/* Runs script as the daemon. */
static int
start(const char *script)
{
	FILE *file = fopen(program, "w");

	ck_assert_ptr_nonnull(file);
	fputs(script, file);
	ck_assert_int_eq(fclose(file), 0);
	ck_assert_int_eq(chmod(program, 0700), 0);
	return starter_run(program, logfile, &err);
}

/* The contents of the log; good until the next call. */
static const char *
logged(void)
{
	static char text[65536];
	int fd = open(logfile, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? 0 : read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void
assert_logged(const char *part)
{
	ck_assert_msg(strstr(logged(), part) != NULL, "'%s' not in '%s'", part,
	    logged());
}

START_TEST(ready)
{
	ck_assert_int_eq(start("#!/bin/sh\necho \"$*\"\necho ok >&3\n"), 0);
	ck_assert_str_eq(logged(), "--ready-fd 3\n");
}
END_TEST

START_TEST(ready_goes_on)
{
	char *fifo = xasprintf("%s/fifo", dir);
	int fd;

	/* it keeps the pipe open, and nobody waits for its end */
	ck_assert_int_eq(mkfifo(fifo, 0600), 0);
	ck_assert_int_eq(start("#!/bin/sh\necho ok >&3\n"
			       "read line <$CCPROC_TEST_DIR/fifo\n"),
	    0);
	fd = open(fifo, O_WRONLY | O_CLOEXEC);
	ck_assert_int_eq(write(fd, "go\n", 3), 3);
	close(fd);
	free(fifo);
}
END_TEST

START_TEST(sentence)
{
	ck_assert_int_eq(start("#!/bin/sh\necho no locks here >&3\n"), -1);
	ck_assert_str_eq(err.text, "no locks here");
	ck_assert_int_eq(start("#!/bin/sh\nprintf 'cut' >&3\n"), -1);
	ck_assert_str_eq(err.text, "cut");
	ck_assert_int_eq(start("#!/bin/sh\nprintf 'one\\ntwo\\n' >&3\n"), -1);
	ck_assert_str_eq(err.text, "one");
	ck_assert_int_eq(start("#!/bin/sh\nprintf '%0100000d\\n' 1 >&3\n"), -1);
	ck_assert_uint_gt(strlen(err.text), 1000);
}
END_TEST

START_TEST(nothing_said)
{
	ck_assert_int_eq(start("#!/bin/sh\nexit 0\n"), 1);
	ck_assert_int_eq(start("#!/bin/sh\nkill -9 $$\n"), 1);
}
END_TEST

START_TEST(cannot_run)
{
	ck_assert_int_eq(start("#!/nowhere/interpreter\n"), -1);
	ck_assert_msg(strncmp(err.text, "cannot run /tmp/", 16) == 0, "%s",
	    err.text);
	ck_assert_ptr_nonnull(strstr(err.text, ": No such file"));
}
END_TEST

START_TEST(cannot_log)
{
	ck_assert_int_eq(symlink("/dev/null", logfile), 0);
	ck_assert_int_eq(start("#!/bin/sh\necho ok >&3\n"), -1);
	ck_assert_msg(strncmp(err.text, "cannot open /tmp/", 17) == 0, "%s",
	    err.text);
}
END_TEST

START_TEST(log_is_appended_to)
{
	struct stat st;

	ck_assert_int_eq(start("#!/bin/sh\necho 1\necho ok >&3\n"), 0);
	ck_assert_int_eq(start("#!/bin/sh\necho 2 >&2\necho ok >&3\n"), 0);
	ck_assert_str_eq(logged(), "1\n2\n");
	ck_assert_int_eq(stat(logfile, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(environment_is_the_users)
{
	static const char *const stay[] = { "HOME", "USER", "LOGNAME", "SHELL",
		"PATH", "LANG", "LC_TIME", "TZ", "TMPDIR", "XDG_DATA_HOME",
		"CCPROC_CONFIG" };
	static const char *const go[] = { "SECRET", "CLAUDE_CODE_SESSION_ID",
		"PATHS", "HOMES", "CCPROC_TASK", "CCPROC_PARENT",
		"CCPROC_DEPTH", "CCPROC_READY_FD", "LD_PRELOAD_NOT" };
	size_t i, nstay = sizeof(stay) / sizeof(stay[0]);
	char line[64];

	clearenv();
	for (i = 0; i < nstay; i++)
		setenv(stay[i], "/stays", 1);
	for (i = 0; i < sizeof(go) / sizeof(go[0]); i++)
		setenv(go[i], "/goes", 1);
	ck_assert_int_eq(start("#!/bin/sh\n/usr/bin/tr '\\0' '\\n' "
			       "</proc/$$/environ\necho ok >&3\n"),
	    0);
	ck_assert_ptr_null(strstr(logged(), "/goes"));
	for (i = 0; i < nstay; i++) {
		snprintf(line, sizeof(line), "%s=/stays\n", stay[i]);
		assert_logged(line);
	}
}
END_TEST

#define LIST_DESCRIPTORS \
	"#!/bin/sh\n" \
	"ls -l /proc/$$/fd\n" \
	"echo ok >&3\n"

static void
assert_descriptors(void)
{
	const char *const targets[] = { "/dev/null\n", logfile, logfile,
		"pipe:" };
	char target[256];
	int fd;

	for (fd = 0; fd < 4; fd++) {
		snprintf(target, sizeof(target), " %d -> %s", fd, targets[fd]);
		assert_logged(target);
	}
	/* a shell has its script open from 10 on */
	for (; fd < 100; fd = fd == 9 ? 77 : fd + 1) {
		snprintf(target, sizeof(target), " %d -> ", fd);
		ck_assert_msg(strstr(logged(), target) == NULL, "%s", logged());
	}
}

START_TEST(descriptors)
{
	ck_assert_int_ne(dup2(2, 77), -1); /* inherited by mistake */
	ck_assert_int_eq(start(LIST_DESCRIPTORS), 0);
	assert_descriptors();
}
END_TEST

START_TEST(descriptors_when_ours_are_closed)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		close(0);
		close(1);
		close(2);
		close(3);
		_exit(start(LIST_DESCRIPTORS));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	assert_descriptors();
}
END_TEST

START_TEST(process_is_its_own)
{
	const char *ignored;
	sigset_t mask;
	char *sid;

	sigfillset(&mask);
	sigdelset(&mask, SIGALRM); /* libcheck's */
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(start("#!/bin/sh\npwd\n"
			       "grep -E 'Sig(Blk|Ign)' /proc/self/status\n"
			       "cut -d' ' -f6 /proc/self/stat\n"
			       "echo ok >&3\n"),
	    0);
	assert_logged("/\nSigBlk:\t0000000000000000\nSigIgn:\t");
	/* 32 and 33 are the C library's own: it lets nobody set them */
	ignored = strstr(logged(), "SigIgn:\t") + strlen("SigIgn:\t");
	ck_assert_uint_eq(strtoull(ignored, NULL, 16) & ~(3ULL << 31), 0);
	sid = xasprintf("\n%d\n", (int)getsid(0));
	ck_assert_ptr_null(strstr(logged(), sid));
	free(sid);
	/* no child of ours is left, not even a dead one */
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
}
END_TEST

UNIT_SUITE
{
	unit_suite("starter", setup, teardown, ready, ready_goes_on, sentence,
	    nothing_said, cannot_run, cannot_log, log_is_appended_to,
	    environment_is_the_users, descriptors,
	    descriptors_when_ours_are_closed, process_is_its_own, NULL);
}
