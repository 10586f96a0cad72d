/*
 * Free memory, by /proc and by cgroups (version 2), as in a container.
 * See memory.h, proc(5) and the kernel's cgroup-v2.rst.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cgroup_of.h"
#include "common/mem.h"
#include "daemon/os/cgroup.h"
#include "daemon/os/memory.h"

#define MEMINFO "/proc/meminfo"
#define CGROUP_ROOT "/sys/fs/cgroup"
/* Bytes that are read: the names that matter stand near the beginning. */
#define READ_BYTES 4096

/* Reads the beginning of a file; "" when it cannot be read. */
static void
read_text(const char *path, char text[READ_BYTES])
{
	ssize_t len = 0;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd != -1) {
		len = read(fd, text, READ_BYTES - 1);
		close(fd);
	}
	text[len > 0 ? len : 0] = '\0';
}

/* Returns the number after a name that begins a line; -1: there is none. */
static int64_t
number_of(const char *text, const char *name)
{
	const char *at = text, *end;
	size_t len = strlen(name);

	for (; (end = strchr(at, '\n')) != NULL; at = end + 1)
		if (strncmp(at, name, len) == 0)
			return strtoll(at + len, NULL, 10);
	return -1;
}

int64_t
memory_available(const char *path)
{
	char text[READ_BYTES];
	int64_t kib;

	read_text(path, text);
	kib = number_of(text, "MemAvailable:");
	return kib == -1 ? -1 : kib * 1024;
}

static void
read_in(const char *dir, const char *name, char text[READ_BYTES])
{
	char *path = xasprintf("%s/%s", dir, name);

	read_text(path, text);
	free(path);
}

/* Returns what one cgroup leaves; -1: no limit ("max", or no such file). */
static int64_t
left_in(const char *dir)
{
	char text[READ_BYTES];
	int64_t limit, used, cached;

	read_in(dir, "memory.max", text);
	if (text[0] < '0' || text[0] > '9')
		return -1;
	limit = strtoll(text, NULL, 10);
	read_in(dir, "memory.current", text);
	used = strtoll(text, NULL, 10);
	read_in(dir, "memory.stat", text);
	cached = number_of(text, "inactive_file ");
	if (cached > 0)
		used -= cached;
	return used < limit ? limit - used : 0;
}

int64_t
memory_left(const char *root, const char *path)
{
	char *dir = xasprintf("%s%s", root, path), *slash;
	int64_t left, least = -1;

	for (;;) {
		left = left_in(dir);
		if (left != -1 && (least == -1 || left < least))
			least = left;
		slash = strrchr(dir, '/');
		if (slash == NULL || (size_t)(slash - dir) < strlen(root))
			break;
		*slash = '\0';
	}
	free(dir);
	return least;
}

int64_t
memory_free(void)
{
	int64_t available = memory_available(MEMINFO), left;
	const char *tasks = cgroup_tasks();
	char own[READ_BYTES];

	/* what tasks may use is what counts, and not what we may */
	if (tasks == NULL && cgroup_of(0, own, sizeof(own)))
		tasks = own;
	if (tasks == NULL ||
	    strncmp(tasks, CGROUP_ROOT, strlen(CGROUP_ROOT)) != 0)
		return available;
	left = memory_left(CGROUP_ROOT, tasks + strlen(CGROUP_ROOT));
	if (left == -1 || (available != -1 && available < left))
		return available;
	return left;
}
