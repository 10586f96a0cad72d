/*
 * The cgroup of a process.  See cgroup_of.h.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cgroup_of.h"
#include "common/io.h"

/* Where cgroup version 2 is mounted: alone, or beside version 1. */
static const char *const mounts[] = { "/sys/fs/cgroup",
	"/sys/fs/cgroup/unified" };

/* The line "0::/NAME" is that of version 2; returns NAME with its slash. */
static char *
find_name(char *text)
{
	char *at = text, *end;

	while (at != NULL && strncmp(at, "0::/", 4) != 0) {
		at = strchr(at, '\n');
		at += at != NULL;
	}
	if (at == NULL)
		return NULL;
	at += 3;
	end = at + strcspn(at, "\n");
	*end = '\0';
	if (end == at + 1) /* the root */
		*at = '\0';
	return at;
}

bool
cgroup_of(pid_t pid, char *path, size_t size)
{
	char file[64], text[4096];
	const char *name;
	ssize_t n = -1;
	size_t i;
	int fd, len;

	if (pid == 0)
		snprintf(file, sizeof(file), "/proc/self/cgroup");
	else
		snprintf(file, sizeof(file), "/proc/%d/cgroup", (int)pid);
	fd = open(file, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		n = io_read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	if (n <= 0)
		return false;
	text[n] = '\0';
	if ((name = find_name(text)) == NULL)
		return false;
	for (i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		len = snprintf(path, size, "%s%s/cgroup.procs", mounts[i],
		    name);
		if (len < 0 || (size_t)len >= size || access(path, F_OK) != 0)
			continue;
		*strrchr(path, '/') = '\0';
		return true;
	}
	return false;
}
