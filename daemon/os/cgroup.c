/*
 * Finding the cgroup that was delegated to us.  See cgroup.h.
 *
 * The right to write in our cgroup is not enough: we have it in the scope of
 * a terminal, too, which belongs to the terminal.  Our unit has Delegate=yes
 * and sets a variable to say so.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/mem.h"
#include "daemon/os/cgroup.h"

#define VARIABLE "CCPROC_DELEGATED"

/* Where cgroup version 2 is mounted: alone, or beside version 1. */
static const char *const mounts[] = { "/sys/fs/cgroup",
	"/sys/fs/cgroup/unified", NULL };

static char *path;

/* Returns our cgroup as the kernel calls it, without a slash at its end. */
static char *
own_name(void)
{
	char line[4096], *name = NULL;
	FILE *file = fopen("/proc/self/cgroup", "re");

	if (file == NULL)
		return NULL;
	while (name == NULL && fgets(line, sizeof(line), file) != NULL) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::/", 4) == 0)
			name = xstrdup(line[4] == '\0' ? "" : line + 3);
	}
	fclose(file);
	return name;
}

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

void
cgroup_delegated_init(void)
{
	const char *said = getenv(VARIABLE);
	char *name, *dir;
	size_t i;

	free(path);
	path = NULL;
	if (said == NULL || strcmp(said, "yes") != 0 ||
	    (name = own_name()) == NULL)
		return;
	for (i = 0; mounts[i] != NULL && path == NULL; i++) {
		dir = xasprintf("%s%s", mounts[i], name);
		if (can_be_used(dir))
			path = dir;
		else
			free(dir);
	}
	free(name);
	if (path != NULL)
		log_debug("tasks get cgroups of their own in %s", path);
	else
		log_info("tasks get no cgroups of their own: ours cannot be "
			 "used");
}

const char *
cgroup_delegated(void)
{
	return path;
}
