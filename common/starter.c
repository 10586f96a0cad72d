/*
 * Starting the daemon.  See starter.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/keeperctl.h"
#include "common/mem.h"
#include "common/monotime.h"
#include "common/starter.h"

/* How long a daemon may take from exec to listening. */
#define START_WAIT_MS 10000
/* Descriptors that the daemon gets end below this. */
#define FIRST_FREE_FD 10

extern char **environ;

static bool
starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

/* Whether a variable is the user's rather than this session's. */
static bool
passes(const char *variable)
{
	static const char *const drop[] = { "CCPROC_TASK=", "CCPROC_PARENT=",
		"CCPROC_DEPTH=", "CCPROC_READY",
		"CCPROC_DELEGATED=", KEEPER_VARIABLE "=", KEEPER_MACHINE "=",
		NULL };
	static const char *const keep[] = { "HOME=", "USER=", "LOGNAME=",
		"SHELL=", "PATH=", "LANG=", "LC_", "TZ=", "TMPDIR=", "XDG_",
		"CCPROC_",
		/* where notices are shown */
		"DBUS_SESSION_BUS_ADDRESS=", "DISPLAY=", "WAYLAND_DISPLAY=",
		"XAUTHORITY=", NULL };
	size_t i;

	for (i = 0; drop[i] != NULL; i++) {
		if (starts_with(variable, drop[i]))
			return false;
	}
	for (i = 0; keep[i] != NULL; i++) {
		if (starts_with(variable, keep[i]))
			return true;
	}
	return false;
}

char **
starter_environment(void)
{
	char **env = xcalloc(strv_len(environ) + 1, sizeof(*env));
	size_t i, n = 0;

	for (i = 0; environ != NULL && environ[i] != NULL; i++) {
		if (passes(environ[i]))
			env[n++] = environ[i];
	}
	return env;
}

/* Says on the ready pipe what is wrong, as the daemon would. */
static void
give_up(int fd, const char *what, const char *path)
{
	dprintf(fd, "cannot %s %s: %s\n", what, path, strerror(errno));
	_exit(127);
}

/* Everything as after login, whatever the caller made of its signals. */
static void
default_signals(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t none;
	int i;

	for (i = 1; i < NSIG; i++)
		sigaction(i, &action, NULL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
}

/* 0 /dev/null, 1 and 2 the log, 3 the ready pipe, and nothing else. */
static void
own_descriptors(const char *log, int ready)
{
	int i, null, out;

	/* above 3 first, for any of 0 to 3 may have been closed */
	ready = fcntl(ready, F_DUPFD_CLOEXEC, FIRST_FREE_FD);
	null = open("/dev/null", O_RDWR);
	out = open(log, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0600);
	if (out == -1)
		give_up(ready, "open", log);
	out = fcntl(out, F_DUPFD, FIRST_FREE_FD);
	if (dup2(null, 0) == -1 || dup2(out, 1) == -1 || dup2(out, 2) == -1 ||
	    dup2(ready, 3) == -1)
		give_up(ready, "use", log);
	if (syscall(SYS_close_range, 4, ~0U, 0) == 0)
		return;
	for (i = 4; i < 1024; i++)
		close(i);
}

static void
become_daemon(const char *path, const char *log, char *const *env, int ready)
{
	char name[] = "ccprocd", option[] = "--ready-fd", three[] = "3";
	char *const argv[] = { name, option, three, NULL };

	default_signals();
	own_descriptors(log, ready);
	if (chdir("/") == 0)
		execve(path, argv, env);
	give_up(3, "run", path);
}

/*
 * Starts the daemon as nobody's child; returns the end of its ready pipe to
 * read from.
 */
static int
spawn(const char *path, const char *log, struct error *err)
{
	char **env;
	int ready[2];
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) != 0) {
		fail_errno(err, "cannot make a pipe");
		return -1;
	}
	env = starter_environment();
	pid = fork();
	if (pid == 0) {
		if (setsid() == -1 || (pid = fork()) == -1)
			give_up(ready[1], "start", path);
		if (pid == 0)
			become_daemon(path, log, env, ready[1]);
		_exit(0);
	}
	if (pid == -1) {
		fail_errno(err, "cannot start %s", path);
		close(ready[0]);
		ready[0] = -1;
	}
	free(env);
	close(ready[1]);
	while (pid != -1 && waitpid(pid, NULL, 0) == -1 && errno == EINTR)
		continue;
	return ready[0];
}

/* Waits until fd can be read; false when the time is over. */
static bool
wait_readable(int fd, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t left;
	int rc;

	do {
		left = deadline - monotime_ms();
		rc = poll(&pfd, 1, left > 0 ? (int)left : 0);
	} while (rc == -1 && errno == EINTR);
	return rc == 1;
}

/* Reads the one line that a starting daemon says; "" when it ended. */
static int
read_ready(int fd, char *line, size_t size)
{
	int64_t deadline = monotime_ms() + START_WAIT_MS;
	size_t len = 0;
	ssize_t n;

	while (len < size - 1 && memchr(line, '\n', len) == NULL) {
		if (!wait_readable(fd, deadline))
			return -1;
		n = read(fd, line + len, size - 1 - len);
		if (n == -1 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	line[len] = '\0';
	line[strcspn(line, "\n")] = '\0';
	return 0;
}

int
starter_run(const char *program, const char *log, struct error *err)
{
	char line[1024];
	int rc, ready = spawn(program, log, err);

	if (ready == -1)
		return -1;
	rc = read_ready(ready, line, sizeof(line));
	close(ready);
	if (rc == -1)
		fail(err, ERR_SYSTEM,
		    "waited %d s for %s to say that it listens; its log is %s",
		    START_WAIT_MS / 1000, program, log);
	else if (line[0] == '\0')
		return 1;
	else if (strcmp(line, "ok") == 0)
		return 0;
	else
		fail(err, ERR_SYSTEM, "%s", line);
	return -1;
}
