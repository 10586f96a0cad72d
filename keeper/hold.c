/*
 * The scope of keepers and tasks.  See hold.h and common/scope.h.
 *
 * Controllers can be on only where the scope itself has no process, so we
 * leave its top first.  In our service they cannot: systemd before 254 could
 * not start it again.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cgroup_of.h"
#include "common/scope.h"
#include "keeper/fds.h"
#include "keeper/hold.h"
#include "keeper/print.h"

#define READY_FD 3

static const char *const controllers[] = { "+memory", "+cpu", "+pids" };

static bool
write_in(const char *dir, const char *name, const char *text)
{
	char path[PATH_MAX];
	bool done = false;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd >= 0) {
		done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
		close(fd);
	}
	return done;
}

/* Those that there are; the daemon looks which these are. */
static void
switch_on(const char *dir)
{
	size_t i;

	for (i = 0; i < sizeof(controllers) / sizeof(controllers[0]); i++)
		(void)write_in(dir, "cgroup.subtree_control", controllers[i]);
}

static bool
make(const char *scope)
{
	static const char *const names[] = { SCOPE_HOLD, SCOPE_KEEPERS,
		SCOPE_TASKS };
	char path[3][PATH_MAX];
	size_t i;

	for (i = 0; i < 3; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%s", scope, names[i]);
		if (mkdir(path[i], 0755) != 0 && errno != EEXIST)
			return false;
	}
	if (!write_in(path[0], "cgroup.procs", "0"))
		return false;
	switch_on(scope);
	switch_on(path[2]);
	return true;
}

int
hold_run(void)
{
	char scope[PATH_MAX - 32];
	const char ready = SCOPE_READY, *slash;
	sigset_t none;

	/* the daemon starts all with signals blocked */
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* no keeper for those who look for one */
	prctl(PR_SET_NAME, "ccproc-scope");
	setsid();
	(void)!chdir("/");
	if (!cgroup_of(0, scope, sizeof(scope)) ||
	    (slash = strrchr(scope, '/')) == NULL ||
	    strcmp(slash + 1, SCOPE_UNIT) != 0 || !make(scope)) {
		print_strings(STDERR_FILENO,
		    "ccproc-keeper: not in a " SCOPE_UNIT
		    " that was delegated to us\n",
		    NULL);
		return 1;
	}
	(void)!write(READY_FD, &ready, 1);
	fds_isolate(-1);
	for (;;)
		pause();
}
