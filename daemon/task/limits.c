/*
 * Limits of tasks.  See limits.h.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/log.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/os/cgroup.h"
#include "daemon/record/spec.h"
#include "daemon/task/limits.h"

/* What cpu.max is of: 100 ms, in us. */
#define PERIOD_US 100000

static bool
best_effort(void)
{
	return config_get()->limits.mode == LIMITS_BEST_EFFORT;
}

void
limits_fill(struct task_spec *spec)
{
	const struct config_limits *config = &config_get()->limits;
	const struct limits *kind = task_spec_is_agent(spec) ?
	    &config->agents :
	    &config->commands;
	struct limits *own = &spec->options.limits;

	if (own->memory_max == 0)
		own->memory_max = kind->memory_max;
	if (own->cpu_max <= 0)
		own->cpu_max = kind->cpu_max;
	if (own->tasks_max == 0)
		own->tasks_max = kind->tasks_max;
}

/* Returns the controllers that limits need, as bits. */
static unsigned
needed(const struct limits *limits)
{
	return (limits->memory_max > 0 ? CGROUP_MEMORY : 0) |
	    (limits->cpu_max > 0 ? CGROUP_CPU : 0) |
	    (limits->tasks_max > 0 ? CGROUP_PIDS : 0);
}

bool
limits_any(const struct task_spec *spec)
{
	return needed(&spec->options.limits) != 0;
}

int
limits_lack(const struct task_spec *spec, char *why, size_t size)
{
	unsigned needs = needed(&spec->options.limits) |
	    needed(&config_get()->limits.all);
	const char *lack = needs == 0 ? NULL : cgroup_lack(needs);

	if (lack == NULL || best_effort())
		return 0;
	snprintf(why, size,
	    "limits cannot be held here: %s; ccproc-config(5) has limits.mode "
	    "best_effort for tasks that may run without",
	    lack);
	return -1;
}

static long long
quota_us(double cores)
{
	long long us = (long long)(cores * PERIOD_US);

	return us < 1000 ? 1000 : us; /* the least that the kernel takes */
}

/* Takes value. */
static char **
add(char **argv, const char *option, char *value)
{
	argv = strv_add(strv_add(argv, option), value);
	free(value);
	return argv;
}

char **
limits_options(char **argv, const struct task_spec *spec)
{
	const struct limits *limits = &spec->options.limits;

	if (needed(limits) == 0)
		return argv;
	if (limits->memory_max > 0)
		argv = add(argv, "-m",
		    xasprintf("%" PRId64, limits->memory_max));
	if (limits->cpu_max > 0)
		argv = add(argv, "-q",
		    xasprintf("%lld", quota_us(limits->cpu_max)));
	if (limits->tasks_max > 0)
		argv = add(argv, "-p",
		    xasprintf("%" PRId64, limits->tasks_max));
	return best_effort() ? strv_add(argv, "-b") : argv;
}

static void
hold(const char *file, char *value, bool wanted)
{
	if (cgroup_limit_all(file, value) != 0 && wanted)
		log_warn("limits.all: %s", file);
	free(value);
}

void
limits_of_all(void)
{
	const struct limits *all = &config_get()->limits.all;
	bool memory = all->memory_max > 0, cpu = all->cpu_max > 0;

	hold("memory.max",
	    memory ? xasprintf("%" PRId64, all->memory_max) : xstrdup("max"),
	    memory);
	hold("cpu.max",
	    cpu ? xasprintf("%lld %d", quota_us(all->cpu_max), PERIOD_US) :
		  xstrdup("max"),
	    cpu);
	hold("pids.max",
	    all->tasks_max > 0 ? xasprintf("%" PRId64, all->tasks_max) :
				 xstrdup("max"),
	    all->tasks_max > 0);
}
