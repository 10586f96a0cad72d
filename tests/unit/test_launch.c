/*
 * Tests of common/launch.c and common/starter.c with real processes.  The
 * program that is started is found beside the one that starts it, so this
 * test runs as a copy in a folder of its own, where `ccprocd` and
 * `ccproc-keeper` are this program too and behave as CCPROC_FAKE says.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#undef fail /* libcheck's, deprecated: it hides the one of error.h */

#include "common/base64.h"
#include "common/error.h"
#include "common/jsonscan.h"
#include "common/launch.h"
#include "common/mem.h"
#include "common/paths.h"
#include "common/sock.h"

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

extern char **environ;

static struct error err;

/* Writes text to the end of STATE/name. */
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

/* What STATE/name holds, "" when there is none; good until the next call. */
static const char *
noted(const char *name)
{
	static char text[65536];
	char path[256];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", getenv("CCPROC_STATE_DIR"), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* --- the fake daemon --- */

static void
note_link(const char *name, const char *path)
{
	char target[PATH_MAX + 1] = "";

	if (readlink(path, target, sizeof(target) - 1) == -1)
		strcpy(target, "none");
	note(name, target);
	note(name, "\n");
}

static void
note_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	char path[300];

	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' ||
		    atoi(entry->d_name) == dirfd(dir))
			continue;
		note("fds", entry->d_name);
		note("fds", " ");
		snprintf(path, sizeof(path), "/proc/self/fd/%s", entry->d_name);
		note_link("fds", path);
	}
	closedir(dir);
}

static void
note_signals(void)
{
	char text[4096];
	const char *blocked, *ignored;
	int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	blocked = strstr(text, "SigBlk:");
	ignored = strstr(text, "SigIgn:");
	if (blocked != NULL && ignored != NULL &&
	    strncmp(blocked + 8, "0000000000000000", 16) == 0 &&
	    strncmp(ignored + 8, "0000000000000000", 16) == 0)
		note("signals", "default");
}

static void
note_process(void)
{
	char text[64];
	size_t i;

	for (i = 0; environ[i] != NULL; i++) {
		note("env", environ[i]);
		note("env", "\n");
	}
	note_descriptors();
	note_signals();
	note_link("cwd", "/proc/self/cwd");
	snprintf(text, sizeof(text), "%d", (int)getsid(0));
	note("sid", text);
}

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
	alarm(60); /* should the test die */
	for (;;)
		pause();
}

static void
run_daemon(void)
{
	const char *mode = getenv("CCPROC_FAKE");

	note("starts", "x");
	note_process();
	if (mode == NULL)
		listen_and_wait();
	if (strcmp(mode, "refuse") == 0)
		say("the file system has no locks\nand more\n");
	_exit(strcmp(mode, "silent") == 0 ? 0 : 1);
}

/* As the keeper: a child, like a task, tries to reach the daemon. */
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

/* --- the tests --- */

/* The folder of the copy. */
static const char *home;

static void
setup(void)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/state", home);
	setenv("CCPROC_STATE_DIR", path, 1);
	snprintf(path, sizeof(path), "%s/sock", home);
	setenv("CCPROC_SOCKET", path, 1);
	error_clear(&err);
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
	ck_assert_int_eq(poll(&pfd, 1, 10000), 1);
	close(pidfd);
}

static void
remove_all(const char *name)
{
	char *command = xasprintf("/bin/rm -rf %s/%s", home, name);

	ck_assert_int_eq(system(command), 0);
	free(command);
}

static void
teardown(void)
{
	int pid = atoi(noted("pid"));

	if (pid > 0)
		end_process(pid);
	remove_all("state");
	remove_all("sock");
	remove_all("run");
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
	int server = listening(getenv("CCPROC_SOCKET")), fd = connected();

	close(fd);
	fd = launch_try(&err);
	ck_assert_int_ne(fd, -1);
	close(fd);
	close(server);
	ck_assert_str_eq(noted("starts"), "");
}
END_TEST

START_TEST(trying_starts_nothing)
{
	ck_assert_int_eq(launch_try(&err), -1);
	ck_assert_int_eq(err.errnum, ENOENT);
	ck_assert_str_eq(noted("starts"), "");
}
END_TEST

START_TEST(starts_the_daemon)
{
	close(connected());
	ck_assert_str_eq(noted("starts"), "x");
	close(connected());
	ck_assert_str_eq(noted("starts"), "x");
}
END_TEST

START_TEST(starts_it_again)
{
	close(connected());
	end_process(atoi(noted("pid")));
	remove_all("state/pid");
	close(connected());
	ck_assert_str_eq(noted("starts"), "xx");
}
END_TEST

static void
assert_in_env(const char *line, bool there)
{
	char *whole = xasprintf("\n%s\n", line);
	char *all = xasprintf("\n%s", noted("env"));

	ck_assert_msg((strstr(all, whole) != NULL) == there, "%s in%s", line,
	    all);
	free(whole);
	free(all);
}

START_TEST(environment_is_the_users)
{
	setenv("LC_TIME", "C", 1);
	setenv("XDG_DATA_HOME", "/data", 1);
	setenv("TZ", "UTC", 1);
	setenv("CCPROC_CONFIG", "/c", 1);
	setenv("SECRET", "1", 1);
	setenv("CLAUDE_CODE_SESSION_ID", "1", 1);
	setenv("PATHS", "1", 1);
	setenv("CCPROC_TASK", "t1", 1);
	setenv("CCPROC_PARENT", "t1", 1);
	setenv("CCPROC_DEPTH", "1", 1);
	setenv("CCPROC_READY_FD", "9", 1);
	close(connected());
	assert_in_env("LC_TIME=C", true);
	assert_in_env("XDG_DATA_HOME=/data", true);
	assert_in_env("TZ=UTC", true);
	assert_in_env("CCPROC_CONFIG=/c", true);
	assert_in_env("SECRET=1", false);
	assert_in_env("CLAUDE_CODE_SESSION_ID=1", false);
	assert_in_env("PATHS=1", false);
	assert_in_env("CCPROC_TASK=t1", false);
	assert_in_env("CCPROC_PARENT=t1", false);
	assert_in_env("CCPROC_DEPTH=1", false);
	assert_in_env("CCPROC_READY_FD=9", false);
}
END_TEST

/* Asserts that the fake had what our own descriptors 0 to 3 should be. */
static void
assert_descriptors(void)
{
	char *log = xasprintf("\n1 %s/ccprocd.log\n2 %s/ccprocd.log\n3 pipe:",
	    getenv("CCPROC_STATE_DIR"), getenv("CCPROC_STATE_DIR"));
	const char *fds = noted("fds"), *end;

	ck_assert_msg(strncmp(fds, "0 /dev/null\n", 12) == 0, "%s", fds);
	ck_assert_msg(strstr(fds, log) != NULL, "%s", fds);
	end = strchr(strstr(fds, "3 pipe:"), '\n');
	ck_assert_msg(end[1] == '\0', "%s", fds);
	free(log);
}

START_TEST(process_is_its_own)
{
	sigset_t mask;
	struct stat st;
	char path[256];

	sigfillset(&mask);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_ne(dup2(2, 77), -1); /* inherited by mistake */
	close(connected());
	assert_descriptors();
	ck_assert_str_eq(noted("signals"), "default");
	ck_assert_str_eq(noted("cwd"), "/\n");
	ck_assert_int_ne(atoi(noted("sid")), getsid(0));
	ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1);
	ck_assert_int_eq(errno, ECHILD);
	snprintf(path, sizeof(path), "%s/ccprocd.log",
	    getenv("CCPROC_STATE_DIR"));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
}
END_TEST

START_TEST(descriptors_when_ours_are_closed)
{
	close(0);
	close(1);
	close(3);
	ck_assert_int_ne(connected(), -1);
	assert_descriptors();
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
	ck_assert_str_eq(noted("starts"), "x");
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
	setenv("CCPROC_FAKE", _i == 0 ? "silent" : "crash", 1);
	ck_assert_int_eq(launch_connect(&err), -1);
	assert_complaint("/ccprocd ended; its log is ");
	assert_complaint("/state/ccprocd.log: cannot connect to ");
}
END_TEST

START_TEST(finds_the_holder_elsewhere)
{
	char path[256];
	int server;

	setenv("CCPROC_FAKE", "silent", 1);
	ck_assert_int_eq(paths_make_private(getenv("CCPROC_STATE_DIR"), &err),
	    0);
	snprintf(path, sizeof(path), "%s/state/other", home);
	server = listening(path);
	note("lock", path);
	note("lock", "\n");
	close(connected());
	close(server);
	ck_assert_int_eq(launch_connect(&err), -1);
}
END_TEST

/* Puts something else in the place of ccprocd for a while. */
static void
replace_program(const char *text)
{
	char path[256], saved[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/ccprocd", home);
	snprintf(saved, sizeof(saved), "%s/ccprocd.saved", home);
	ck_assert_int_eq(rename(path, saved), 0);
	if (text == NULL)
		return;
	file = fopen(path, "w");
	fputs(text, file);
	fclose(file);
	ck_assert_int_eq(chmod(path, 0700), 0);
}

static void
restore_program(void)
{
	char path[256], saved[256];

	snprintf(path, sizeof(path), "%s/ccprocd", home);
	snprintf(saved, sizeof(saved), "%s/ccprocd.saved", home);
	ck_assert_int_eq(rename(saved, path), 0);
}

START_TEST(program_that_cannot_run)
{
	int fd;

	replace_program("#!/nowhere/interpreter\n");
	fd = launch_connect(&err);
	restore_program();
	ck_assert_int_eq(fd, -1);
	assert_complaint("cannot run ");
	assert_complaint("/ccprocd: No such file or directory");
}
END_TEST

START_TEST(program_that_is_missing)
{
	int fd;

	replace_program(NULL);
	fd = launch_connect(&err);
	restore_program();
	ck_assert_int_eq(fd, -1);
	assert_complaint("there is no program ");
}
END_TEST

static void
connect_inside_task(void)
{
	char path[256];
	int status;
	pid_t pid;

	snprintf(path, sizeof(path), "%s/ccproc-keeper", home);
	ck_assert_int_eq(paths_make_private(getenv("CCPROC_STATE_DIR"), &err),
	    0);
	if ((pid = fork()) == 0) {
		execl(path, "ccproc-keeper", (char *)NULL);
		_exit(98);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}

START_TEST(a_task_starts_nothing)
{
	connect_inside_task();
	ck_assert_str_eq(noted("starts"), "");
	ck_assert_ptr_nonnull(strstr(noted("task"),
	    "from inside a task of ccproc none is started"));
}
END_TEST

START_TEST(a_task_connects)
{
	int server = listening(getenv("CCPROC_SOCKET"));

	connect_inside_task();
	ck_assert_str_eq(noted("task"), "connected");
	close(server);
}
END_TEST

START_TEST(open_state_is_refused)
{
	const char *state = getenv("CCPROC_STATE_DIR");

	ck_assert_int_eq(mkdir(state, 0700), 0);
	ck_assert_int_eq(chmod(state, 0755), 0);
	ck_assert_int_eq(launch_connect(&err), -1);
	assert_complaint("has mode 755");
}
END_TEST

START_TEST(makes_the_runtime_folder)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/run", home);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	unsetenv("CCPROC_SOCKET");
	setenv("XDG_RUNTIME_DIR", path, 1);
	close(connected());
	strcat(path, "/ccproc");
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0700);
}
END_TEST

/* Only root can be somebody else. */
START_TEST(a_strangers_socket_is_refused)
{
	char path[256];
	int server;

	if (geteuid() != 0)
		return;
	snprintf(path, sizeof(path), "%s/run", home);
	ck_assert_int_eq(chmod(home, 0755), 0);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(chown(path, 12345, 12345), 0);
	strcat(path, "/sock");
	setenv("CCPROC_SOCKET", path, 1);
	ck_assert_int_eq(seteuid(12345), 0);
	server = listening(path);
	ck_assert_int_eq(seteuid(0), 0);
	ck_assert_int_eq(launch_connect(&err), -1);
	assert_complaint("belongs to uid 12345 and not to us (uid 0)");
	ck_assert_str_eq(noted("starts"), "");
	close(server);
}
END_TEST

/* The member of params as a string. */
static const char *
param(struct jsonspan params, const char *name)
{
	static char text[65536];
	struct jsonspan found;

	jsonscan_members(params, &name, &found, 1);
	ck_assert(jsonscan_string(found, text, sizeof(text)));
	return text;
}

static int64_t
number(struct jsonspan params, const char *name)
{
	struct jsonspan found;
	int64_t n;

	jsonscan_members(params, &name, &found, 1);
	ck_assert(jsonscan_int(found, &n));
	return n;
}

static void
assert_decoded(const char *coded, const char *bytes, size_t len)
{
	char out[4096];
	size_t n;

	ck_assert_int_eq(base64_decode(coded, strlen(coded), out, sizeof(out),
			     &n),
	    0);
	ck_assert_uint_eq(n, len);
	ck_assert_mem_eq(out, bytes, len);
}

START_TEST(hello_tells_all)
{
	static const char env[] = "A=1\0B=\xff\n";
	static const char session[] = "01234567-89ab-4def-8123-456789abcdef";
	const char *method = "method", *params_name = "params";
	struct jsonspan line, params;
	char *hello, cwd[PATH_MAX];

	clearenv();
	setenv("A", "1", 1);
	setenv("B", "\xff\n", 1);
	umask(027);
	hello = launch_hello("bridge", session, 18446744073709551615ULL);
	line = (struct jsonspan){ hello, strlen(hello) };
	ck_assert_int_eq(hello[line.len - 1], '\n');
	ck_assert_ptr_eq(strchr(hello, '\n'), hello + line.len - 1);
	ck_assert_int_eq(jsonscan_check(hello, line.len, &err), 0);
	jsonscan_members(line, &method, &params, 1);
	ck_assert(jsonscan_is(params, "ccproc/hello"));
	jsonscan_members(line, &params_name, &params, 1);
	ck_assert_int_eq(number(params, "protocol"), 1);
	ck_assert_int_eq(number(params, "pid"), getpid());
	ck_assert_int_eq(number(params, "umask"), 027);
	ck_assert_str_eq(param(params, "client"), "bridge");
	ck_assert_str_eq(param(params, "session"), session);
	ck_assert_int_ne(param(params, "version")[0], '\0');
	ck_assert_ptr_nonnull(strstr(hello,
	    "\"ordinal\":18446744073709551615,"));
	ck_assert_ptr_nonnull(getcwd(cwd, sizeof(cwd)));
	assert_decoded(param(params, "cwd"), cwd, strlen(cwd));
	assert_decoded(param(params, "env"), env, sizeof(env) - 1);
	ck_assert_int_eq(umask(0), 027);
	free(hello);
}
END_TEST

START_TEST(hello_with_nothing_to_tell)
{
	char path[256];
	char *hello;

	snprintf(path, sizeof(path), "%s/run", home);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(chdir(path), 0);
	ck_assert_int_eq(rmdir(path), 0);
	clearenv();
	hello = launch_hello("ccproc", "s", 1);
	ck_assert_ptr_nonnull(strstr(hello, ",\"cwd\":\"\",\"env\":\"\"}}\n"));
	free(hello);
	setup(); /* for teardown */
}
END_TEST

START_TEST(sessions_differ)
{
	char a[37], b[37];
	size_t i;

	launch_session(a);
	launch_session(b);
	ck_assert_str_ne(a, b);
	ck_assert_uint_eq(strlen(a), 36);
	for (i = 0; i < 36; i++) {
		if (i == 8 || i == 13 || i == 18 || i == 23)
			ck_assert_int_eq(a[i], '-');
		else
			ck_assert_ptr_nonnull(strchr("0123456789abcdef", a[i]));
	}
	ck_assert_int_eq(a[14], '4');
	ck_assert_ptr_nonnull(strchr("89ab", a[19]));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("launch");
	TCase *tc = tcase_create("launch");

	tcase_set_timeout(tc, 30);
	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, connects_to_who_listens);
	tcase_add_test(tc, trying_starts_nothing);
	tcase_add_test(tc, starts_the_daemon);
	tcase_add_test(tc, starts_it_again);
	tcase_add_test(tc, environment_is_the_users);
	tcase_add_test(tc, process_is_its_own);
	tcase_add_test(tc, descriptors_when_ours_are_closed);
	tcase_add_test(tc, many_callers_start_one);
	tcase_add_test(tc, says_what_the_daemon_says);
	tcase_add_loop_test(tc, says_that_it_ended, 0, 2);
	tcase_add_test(tc, finds_the_holder_elsewhere);
	tcase_add_test(tc, program_that_cannot_run);
	tcase_add_test(tc, program_that_is_missing);
	tcase_add_test(tc, a_task_starts_nothing);
	tcase_add_test(tc, a_task_connects);
	tcase_add_test(tc, open_state_is_refused);
	tcase_add_test(tc, makes_the_runtime_folder);
	tcase_add_test(tc, a_strangers_socket_is_refused);
	tcase_add_test(tc, hello_tells_all);
	tcase_add_test(tc, hello_with_nothing_to_tell);
	tcase_add_test(tc, sessions_differ);
	suite_add_tcase(s, tc);
	return s;
}

static int
run_tests(void)
{
	SRunner *runner = srunner_create(suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed != 0;
}

/* Runs a copy of this program in a folder of its own. */
static int
run_copy(void)
{
	char dir[] = "/tmp/test_launch.XXXXXX", *command;
	int status;

	if (mkdtemp(dir) == NULL)
		return 1;
	setenv("TEST_LAUNCH_HOME", dir, 1);
	command = xasprintf("cp /proc/%d/exe %s/test_launch && "
			    "ln -s test_launch %s/ccprocd && "
			    "ln -s test_launch %s/ccproc-keeper && "
			    "%s/test_launch",
	    (int)getpid(), dir, dir, dir, dir);
	status = system(command);
	free(command);
	command = xasprintf("rm -rf %s", dir);
	if (system(command) != 0)
		status = 1;
	free(command);
	return status != 0;
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
	return run_tests();
}
