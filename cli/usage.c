/*
 * Use of the machine.  See usage.h and the kernel's cgroup-v2.rst.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/usage.h"
#include "common/io.h"
#include "common/mem.h"

static bool
read_file(const char *cgroup, const char *name, char *text, size_t size)
{
	char *path = xasprintf("%s/%s", cgroup, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = -1;

	free(path);
	if (fd != -1) {
		n = io_read(fd, text, size - 1);
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static int64_t
number(const char *cgroup, const char *file, const char *name)
{
	char text[1024];
	const char *at;

	if (!read_file(cgroup, file, text, sizeof(text)) ||
	    (at = strstr(text, name)) == NULL)
		return -1;
	return strtoll(at + strlen(name), NULL, 10);
}

/* The share of the last ten seconds in which some process had to wait. */
static void
add_pressure(const char *cgroup, const char *what, struct usage *usage)
{
	char file[32], text[512];
	const char *at;
	size_t len = strlen(usage->pressure);

	snprintf(file, sizeof(file), "%s.pressure", what);
	if (!read_file(cgroup, file, text, sizeof(text)) ||
	    (at = strstr(text, "some avg10=")) == NULL)
		return;
	snprintf(usage->pressure + len, sizeof(usage->pressure) - len,
	    "%s%s %.0f %%", len == 0 ? "" : ", ", what,
	    strtod(at + strlen("some avg10="), NULL));
}

void
usage_measure(const char *cgroup, struct usage *usage)
{
	*usage = (struct usage){ .cpu_us = -1,
		.memory = -1,
		.memory_peak = -1 };
	if (cgroup[0] == '\0')
		return;
	usage->cpu_us = number(cgroup, "cpu.stat", "usage_usec ");
	usage->memory = number(cgroup, "memory.current", "");
}

void
usage_read(const char *cgroup, struct usage *usage)
{
	usage_measure(cgroup, usage);
	if (cgroup[0] == '\0')
		return;
	usage->memory_peak = number(cgroup, "memory.peak", "");
	add_pressure(cgroup, "cpu", usage);
	add_pressure(cgroup, "memory", usage);
	add_pressure(cgroup, "io", usage);
}
