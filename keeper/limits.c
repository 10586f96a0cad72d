/*
 * Setting limits.  See limits.h.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "keeper/cgroup.h"
#include "keeper/limits.h"

/* The files of one limit: what its number is written to, and what follows. */
static bool
set(const struct cgroup *cgroup, const char **file, const char *name,
    const char *text)
{
	*file = name;
	return cgroup_write(cgroup, name, text);
}

static bool
set_number(const struct cgroup *cgroup, const char **file, const char *name,
    int64_t number, const char *more)
{
	char text[48];

	snprintf(text, sizeof(text), "%lld%s", (long long)number, more);
	return set(cgroup, file, name, text);
}

/*
 * Out of memory the whole task dies and not only its largest process; it does
 * not escape into swap, where there is any.
 */
static bool
set_memory(const struct limits *limits, const struct cgroup *cgroup,
    const char **file)
{
	const char *swap;

	if (!set_number(cgroup, file, "memory.max", limits->memory_bytes, "") ||
	    !set(cgroup, file, "memory.oom.group", "1"))
		return false;
	(void)set(cgroup, &swap, "memory.swap.max", "0");
	return true;
}

int
limits_set(const struct limits *limits, const struct cgroup *cgroup,
    const char **file)
{
	bool done = true;

	*file = "its cgroup";
	errno = ENOENT;
	if (limits->memory_bytes > 0)
		done = set_memory(limits, cgroup, file);
	if (done && limits->cpu_us > 0)
		done = set_number(cgroup, file, "cpu.max", limits->cpu_us,
		    " 100000");
	if (done && limits->processes > 0)
		done = set_number(cgroup, file, "pids.max", limits->processes,
		    "");
	return done ? 0 : -1;
}
