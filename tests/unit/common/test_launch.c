/*
 * Tests of common/launch.c with real processes.  The daemon is looked for
 * beside the program that starts it, so this test runs as a copy in a folder
 * of its own, where `ccprocd` and `ccproc-keeper` are this program too.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/launch.h"
#include "common/paths.h"
#include "common/sock.h"
#include "tests/unit/unit.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

static struct error err;

/* Writes text to the end of state/name. */
static void
note(const char *name, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", getenv("CCPROC_STATE_DIR"), name);
	fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (fd == -1 || write(fd, text, strlen(text)) == -1)
		_exit(99);
	close(fd);
}

/* What the file holds, "" when there is none; good until the next call. */
static const char *
noted(const char *path)
{
	static char text[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd == -1 ? 0 : read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* --- the fake daemon --- */

static void
say(const char *text)
{
	if (write(3, text, strlen(text)) == -1)
		_exit(99);
	close(3);
}

static void
listen_and_wait(void)
{
	struct error why;
	char path[108], pid[16];

	if (paths_socket(path, sizeof(path), &why) != 0 ||
	    sock_listen(path, &why) == -1) {
		say(why.text);
		_exit(1);
	}
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	note("pid", pid);
	say("ok\n");
	alarm(30 * (unsigned)unit_patience()); /* should the test die */
	for (;;)
		pause();
}

static void
run_daemon(void)
{
	const char *mode = getenv("CCPROC_FAKE");
	char starts[256];

	note("starts", "x");
	snprintf(starts, sizeof(starts), "%s/starts",
	    getenv("CCPROC_STATE_DIR"));
	if (mode == NULL ||
	    (strcmp(mode, "fourth") == 0 && strcmp(noted(starts), "xxxx") == 0))
		listen_and_wait();
	if (strcmp(mode, "refuse") == 0)
		say("the file system has no locks\nand more\n");
	else if (strcmp(noted(starts), "xx") == 0)
		say("ok\n"); /* and is killed after that */
	_exit(0);
}

/* Acts as the keeper: a child, like a task, tries to reach the daemon. */
static void
run_keeper(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (launch_connect(&err) == -1)
			note("task", err.text);
		else
			note("task", "connected");
		_exit(0);
	}
	waitpid(pid, &status, 0);
	_exit(0);
}

/* The folder of the copy, and the working directory. */
static const char *home;

/* An absolute path; good until the next call. */
static const char *
absolute(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", home, name);
	return path;
}

static void
setup(void)
{
	setenv("CCPROC_STATE_DIR", absolute("state"), 1);
	setenv("CCPROC_SOCKET", absolute("sock"), 1);
}

/* Waits for the end of a process that is not our child. */
static void
end_process(pid_t pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };

	if (pidfd == -1)
		return;
	kill(pid, SIGKILL);
	ck_assert_int_eq(poll(&pfd, 1, 10000 * unit_patience()), 1);
	close(pidfd);
}

static void
teardown(void)
{
	int pid = atoi(noted("state/pid"));

	if (pid > 0)
		end_process(pid);
	ck_assert_int_eq(system("/bin/rm -rf state sock run"), 0);
}

static void
assert_complaint(const char *part)
{
	ck_assert_msg(strstr(err.text, part) != NULL, "'%s' not in '%s'", part,
	    err.text);
}

static int
connected(void)
{
	int fd = launch_connect(&err);

	ck_assert_msg(fd != -1, "%s", err.text);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	return fd;
}

static int
listening(const char *path)
{
	int fd = sock_listen(path, &err);

	ck_assert_msg(fd != -1, "%s", err.text);
	return fd;
}

START_TEST(connects_to_who_listens)
{
	int server = listening("sock"), fd = connected();

	close(fd);
	fd = launch_try(&err);
	ck_assert_int_ne(fd, -1);
	close(fd);
	close(server);
	ck_assert_str_eq(noted("state/starts"), "");
}
END_TEST

START_TEST(trying_starts_nothing)
{
	ck_assert_int_eq(launch_try(&err), -1);
	ck_assert_int_eq(err.errnum, ENOENT);
	ck_assert_str_eq(noted("state/starts"), "");
}
END_TEST

START_TEST(starts_the_daemon)
{
	close(connected());
	close(connected());
	ck_assert_str_eq(noted("state/starts"), "x");
	end_process(atoi(noted("state/pid")));
	ck_assert_int_eq(unlink("state/pid"), 0);
	close(connected());
	ck_assert_str_eq(noted("state/starts"), "xx");
}
END_TEST

START_TEST(many_callers_start_one)
{
	pid_t pids[8];
	size_t i, n = sizeof(pids) / sizeof(pids[0]);
	int status;

	for (i = 0; i < n; i++) {
		if ((pids[i] = fork()) == 0)
			_exit(launch_connect(&err) == -1);
	}
	for (i = 0; i < n; i++) {
		ck_assert_int_eq(waitpid(pids[i], &status, 0), pids[i]);
		ck_assert_int_eq(status, 0);
	}
	ck_assert_str_eq(noted("state/starts"), "x");
}
END_TEST

START_TEST(says_what_the_daemon_says)
{
	setenv("CCPROC_FAKE", "refuse", 1);
	ck_assert_int_eq(launch_connect(&err), -1);
	ck_assert_str_eq(err.text, "the file system has no locks");
}
END_TEST

START_TEST(says_that_it_ended)
{
	setenv("CCPROC_FAKE", "silent", 1);
	ck_assert_int_eq(launch_connect(&err), -1);
	assert_complaint("/ccprocd ended; its log is ");
	assert_complaint("/state/ccprocd.log: cannot connect to ");
}
END_TEST

/* One finds a daemon that is about to exit, one is killed, the fourth lives. */
START_TEST(waits_for_another_daemon)
{
	setenv("CCPROC_FAKE", "fourth", 1);
	close(connected());
	ck_assert_str_eq(noted("state/starts"), "xxxx");
}
END_TEST

START_TEST(finds_the_holder_elsewhere)
{
	int server;

	setenv("CCPROC_FAKE", "silent", 1);
	ck_assert_int_eq(mkdir("state", 0700), 0);
	server = listening("state/other");
	note("lock", absolute("state/other"));
	note("lock", "\n");
	close(connected());
	close(server);
	ck_assert_int_eq(launch_connect(&err), -1);
}
END_TEST

START_TEST(program_that_is_missing)
{
	int fd;

	ck_assert_int_eq(rename("ccprocd", "saved"), 0);
	fd = launch_connect(&err);
	ck_assert_int_eq(rename("saved", "ccprocd"), 0);
	ck_assert_int_eq(fd, -1);
	assert_complaint("there is no program ");
}
END_TEST

static void
connect_inside_task(void)
{
	int status;
	pid_t pid;

	ck_assert_int_eq(mkdir("state", 0700), 0);
	if ((pid = fork()) == 0) {
		execl("ccproc-keeper", "ccproc-keeper", (char *)NULL);
		_exit(98);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(a_task_starts_nothing)
{
	connect_inside_task();
	ck_assert_str_eq(noted("state/starts"), "");
	ck_assert_ptr_nonnull(strstr(noted("state/task"),
	    "from inside a task of ccproc none is started"));
}
END_TEST

START_TEST(a_task_connects)
{
	int server = listening("sock");

	connect_inside_task();
	ck_assert_str_eq(noted("state/task"), "connected");
	close(server);
}
END_TEST

START_TEST(open_state_is_refused)
{
	umask(0);
	ck_assert_int_eq(mkdir("state", 0755), 0);
	ck_assert_int_eq(launch_connect(&err), -1);
	assert_complaint("has mode 755");
}
END_TEST

START_TEST(makes_the_runtime_folder)
{
	struct stat st;

	ck_assert_int_eq(mkdir("run", 0700), 0);
	unsetenv("CCPROC_SOCKET");
	setenv("XDG_RUNTIME_DIR", absolute("run"), 1);
	close(connected());
	ck_assert_int_eq(stat("run/ccproc", &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0700);
}
END_TEST

/* Only root can be somebody else. */
START_TEST(a_strangers_socket_is_refused)
{
	int server;

	if (geteuid() != 0)
		return;
	ck_assert_int_eq(chmod(home, 0755), 0);
	ck_assert_int_eq(mkdir("run", 0700), 0);
	ck_assert_int_eq(chown("run", 12345, 12345), 0);
	setenv("CCPROC_SOCKET", absolute("run/sock"), 1);
	ck_assert_int_eq(seteuid(12345), 0);
	server = listening("run/sock");
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(launch_connect(&err), -1);
	assert_complaint("belongs to uid 12345 and not to us (uid 0)");
	ck_assert_str_eq(noted("state/starts"), "");
	close(server);
}
END_TEST

UNIT_SUITE
{
	unit_suite("launch", setup, teardown, connects_to_who_listens,
	    trying_starts_nothing, starts_the_daemon, many_callers_start_one,
	    says_what_the_daemon_says, says_that_it_ended,
	    waits_for_another_daemon, finds_the_holder_elsewhere,
	    program_that_is_missing, a_task_starts_nothing, a_task_connects,
	    open_state_is_refused, makes_the_runtime_folder,
	    a_strangers_socket_is_refused, NULL);
}

/* Runs a copy of this program in a folder of its own. */
static int
run_copy(void)
{
	char dir[] = "/tmp/test_launch.XXXXXX", command[256];
	int status;

	if (mkdtemp(dir) == NULL)
		return 1;
	setenv("TEST_LAUNCH_HOME", dir, 1);
	snprintf(command, sizeof(command),
	    "cp /proc/%d/exe %s/test_launch && cd %s && ln -s test_launch "
	    "ccprocd && ln -s test_launch ccproc-keeper && ./test_launch",
	    (int)getpid(), dir, dir);
	status = system(command);
	snprintf(command, sizeof(command), "rm -rf %s", dir);
	return system(command) != 0 || status != 0;
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/');

	(void)argc;
	name = name == NULL ? argv[0] : name + 1;
	home = getenv("TEST_LAUNCH_HOME");
	if (strcmp(name, "ccprocd") == 0)
		run_daemon();
	if (home == NULL)
		return run_copy();
	if (strcmp(name, "ccproc-keeper") == 0)
		run_keeper();
	return unit_main(1, argv);
}
