/*
 * Ends all keepers in the scope.  See leave.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cgroup_of.h"
#include "common/exitrec.h"
#include "common/keeperctl.h"
#include "common/pidfd.h"
#include "common/scope.h"
#include "keeper/cgroup.h"
#include "keeper/clock.h"
#include "keeper/leave.h"
#include "keeper/print.h"

/* What a task gets; systemd kills what is there 20 s after the first word. */
#define GRACE_S 8
#define WAIT_MS 15000

struct leave {
	char keepers[PATH_MAX];
	int value;
};

/* A keeper, if it is still the process that the cgroup has named. */
static void
tell(pid_t pid, void *arg)
{
	const struct leave *leave = arg;
	char path[PATH_MAX];
	int pidfd = pidfd_of(pid);

	if (pidfd < 0)
		return;
	if (cgroup_of(pid, path, sizeof(path)) &&
	    strcmp(path, leave->keepers) == 0)
		(void)pidfd_queue(pidfd, KEEPER_SIGNAL, leave->value);
	close(pidfd);
}

int
leave_run(const char *reason)
{
	struct leave leave;
	struct cgroup cgroup = { .procs = -1 };
	char own[PATH_MAX - 64], *slash;
	enum stop_reason why = stop_reason_named(reason);

	if (why != STOP_LOGOUT && why != STOP_SHUTDOWN) {
		print_strings(STDERR_FILENO, "ccproc-keeper: --leave ", reason,
		    ": expected shutdown or logout\n", NULL);
		return 2;
	}
	leave.value = keeperctl_value(KEEPER_GRACEFUL, why, GRACE_S);
	if (!cgroup_of(0, own, sizeof(own)) ||
	    (slash = strrchr(own, '/')) == NULL)
		return 0;
	*slash = '\0';
	snprintf(leave.keepers, sizeof(leave.keepers),
	    "%s/" SCOPE_UNIT "/" SCOPE_KEEPERS, own);
	if (strlen(leave.keepers) >= sizeof(cgroup.path))
		return 0;
	strcpy(cgroup.path, leave.keepers);
	cgroup_each(&cgroup, tell, &leave);
	return cgroup_await_empty(&cgroup, WAIT_MS) ? 0 : 1;
}
