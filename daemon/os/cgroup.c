/*
 * Finding the cgroups of tasks.  See cgroup.h.
 *
 * The right to write in our cgroup is not enough: we have it in the scope of
 * a terminal, too, which belongs to the terminal.  Our unit has Delegate=yes
 * and sets a variable to say so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cgroup_of.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/scope.h"
#include "daemon/os/cgroup.h"
#include "daemon/os/scope.h"

#define VARIABLE "CCPROC_DELEGATED"

static char *own; /* of our service; NULL: it is not to be used */
static char *tasks, *keepers, *holder;
static bool settled = true;
static void (*on_settled)(void);

/* Linux has cgroup.kill since 5.14. */
static bool
can_be_used(const char *dir)
{
	char *probe = xasprintf("%s/ccproc-probe", dir);
	char *kill = xasprintf("%s/cgroup.kill", probe);
	bool can;

	rmdir(probe); /* left by a daemon that was killed here */
	can = mkdir(probe, 0755) == 0 && access(kill, W_OK) == 0;
	rmdir(probe);
	free(probe);
	free(kill);
	return can;
}

static void
forget(void)
{
	free(tasks);
	free(keepers);
	tasks = keepers = NULL;
}

static void
scope_settled(void)
{
	forget();
	settled = true;
	if (scope_path() != NULL) {
		tasks = xasprintf("%s/" SCOPE_TASKS, scope_path());
		keepers = xasprintf("%s/" SCOPE_KEEPERS, scope_path());
	} else
		tasks = xstrdup(own);
	log_debug("tasks get cgroups of their own in %s", tasks);
	on_settled();
}

void
cgroup_init(const char *keeper, void (*fn)(void))
{
	const char *said = getenv(VARIABLE);
	char path[4096];

	if (own != NULL)
		return;
	if (said == NULL || strcmp(said, "yes") != 0)
		return;
	if (!cgroup_of(0, path, sizeof(path)) || !can_be_used(path)) {
		log_info("tasks get no cgroups of their own: ours cannot be "
			 "used");
		return;
	}
	own = xstrdup(path);
	holder = xstrdup(keeper);
	on_settled = fn;
	settled = false;
	scope_begin(own, holder, scope_settled);
}

bool
cgroup_settled(void)
{
	if (settled && keepers != NULL && !scope_is_there()) {
		settled = false;
		log_info(SCOPE_UNIT " has gone, it is made again");
		scope_begin(own, holder, scope_settled);
	}
	return settled;
}

const char *
cgroup_tasks(void)
{
	return tasks;
}

const char *
cgroup_keepers(void)
{
	return keepers;
}

char **
cgroup_options(char **argv)
{
	if (tasks != NULL)
		argv = strv_add(strv_add(argv, "-G"), tasks);
	if (keepers != NULL)
		argv = strv_add(strv_add(argv, "-K"), keepers);
	return argv;
}

void
cgroup_free(void)
{
	scope_free();
	forget();
	free(own);
	free(holder);
	own = holder = NULL;
	settled = true;
}
