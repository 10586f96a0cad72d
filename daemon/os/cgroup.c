/*
 * Finding the cgroups of tasks.  See cgroup.h.
 *
 * The right to write in our cgroup is not enough: we have it in the scope of
 * a terminal, too, which belongs to the terminal.  Our unit has Delegate=yes
 * and sets a variable to say so.
 */
#include <fcntl.h>
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
static unsigned controllers; /* that each task may be limited by */
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

static int
open_in_tasks(const char *file, int flags)
{
	char *path = xasprintf("%s/%s", tasks, file);
	int fd = open(path, flags | O_CLOEXEC);

	free(path);
	return fd;
}

/* Which of them are on for the cgroups of tasks. */
static void
look_for_controllers(void)
{
	static const char *const names[] = { "memory", "cpu", "pids" };
	char text[256] = " ", *word;
	size_t i, len;
	ssize_t n;
	int fd = open_in_tasks("cgroup.subtree_control", O_RDONLY);

	if (fd == -1)
		return;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	for (word = strtok(text, " \n"); word != NULL;
	     word = strtok(NULL, " \n"))
		for (i = 0; i < 3; i++) {
			len = strlen(names[i]);
			if (strncmp(word, names[i], len + 1) == 0)
				controllers |= 1U << i;
		}
}

const char *
cgroup_lack(unsigned needed)
{
	if (!settled || (needed & ~controllers) == 0)
		return NULL;
	if (own == NULL)
		return "this daemon does not run as ccprocd.service of the "
		       "user's systemd";
	if (keepers == NULL)
		return "systemd could not make " SCOPE_UNIT;
	return (needed & ~controllers & CGROUP_MEMORY) != 0 ?
	    "the user has not been delegated the controller memory" :
	    (needed & ~controllers & CGROUP_CPU) != 0 ?
	    "the user has not been delegated the controller cpu" :
	    "the user has not been delegated the controller pids";
}

int
cgroup_limit_all(const char *file, const char *text)
{
	int fd = tasks == NULL ? -1 : open_in_tasks(file, O_WRONLY);
	int result = -1;

	if (fd != -1) {
		result = write(fd, text, strlen(text)) == -1 ? -1 : 0;
		close(fd);
	}
	return result;
}

static void
scope_settled(void)
{
	forget();
	controllers = 0;
	settled = true;
	if (scope_path() != NULL) {
		tasks = xasprintf("%s/" SCOPE_TASKS, scope_path());
		keepers = xasprintf("%s/" SCOPE_KEEPERS, scope_path());
		look_for_controllers();
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
