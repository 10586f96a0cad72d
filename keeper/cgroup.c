/*
 * The cgroup of a task.  See cgroup.h and cgroups(7); version 2 only.
 *
 * The keeper stays outside, or it would be killed too.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/exitrec.h"
#include "keeper/cgroup.h"
#include "keeper/clock.h"
#include "keeper/numbers.h"

/* Paths below a cgroup; what is nested deeper is not looked at. */
#define PATH_SIZE 1024
/* How long the kernel may take to stop all that is in one. */
#define FREEZE_MS 1000

static const char root[] = "/sys/fs/cgroup/";

static bool
join(char *path, const char *dir, const char *name)
{
	int n = snprintf(path, PATH_SIZE, "%s/%s", dir, name);

	return n > 0 && n < PATH_SIZE;
}

/* Opens a file in dir, -1 also when there is no cgroup. */
static int
open_in(const char *dir, const char *name, int flags)
{
	char path[PATH_SIZE];

	if (dir[0] == '\0' || !join(path, dir, name))
		return -1;
	return openat(AT_FDCWD, path, flags | O_CLOEXEC);
}

static bool
write_in(const char *dir, const char *name, const char *text)
{
	int fd = open_in(dir, name, O_WRONLY);
	bool done;

	if (fd < 0)
		return false;
	done = write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return done;
}

/* The number after a name in a file of lines "NAME NUMBER"; -1: none. */
static int64_t
number_of(const char *text, const char *name)
{
	size_t len = strlen(name);
	const char *p;
	int64_t value = 0;

	for (p = text; p != NULL; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, name, len) != 0 || p[len] != ' ')
			continue;
		for (p += len + 1; *p >= '0' && *p <= '9'; p++)
			value = value * 10 + (*p - '0');
		return value;
	}
	return -1;
}

static bool
read_in(const char *dir, const char *name, char *text, size_t size)
{
	int fd = open_in(dir, name, O_RDONLY);
	ssize_t n = -1;

	if (fd >= 0) {
		n = read(fd, text, size - 1);
		close(fd);
	}
	text[n < 0 ? 0 : n] = '\0';
	return n >= 0;
}

static bool
has_event(const struct cgroup *cgroup, const char *name)
{
	char text[256];

	return read_in(cgroup->path, "cgroup.events", text, sizeof(text)) &&
	    number_of(text, name) == 1;
}

static bool
is_populated(const struct cgroup *cgroup)
{
	return has_event(cgroup, "populated");
}

static bool
is_frozen(const struct cgroup *cgroup)
{
	return has_event(cgroup, "frozen");
}

void
cgroup_name(struct cgroup *cgroup, const char *parent, const char *name)
{
	int n;

	cgroup->procs = -1;
	cgroup->path[0] = '\0';
	if (parent == NULL || name[0] == '\0')
		return;
	n = snprintf(cgroup->path, sizeof(cgroup->path), "%s/%s", parent, name);
	if (n < 0 || (size_t)n >= sizeof(cgroup->path))
		cgroup->path[0] = '\0';
}

void
cgroup_move(const char *path)
{
	if (path != NULL)
		(void)write_in(path, "cgroup.procs", "0");
}

void
cgroup_make(struct cgroup *cgroup)
{
	int kill;

	if (cgroup->path[0] == '\0')
		return;
	if (mkdir(cgroup->path, 0755) == 0 || errno == EEXIST) {
		cgroup->procs = open_in(cgroup->path, "cgroup.procs", O_WRONLY);
		/* linux 5.14; without it walking does more */
		kill = open_in(cgroup->path, "cgroup.kill", O_WRONLY);
		if (kill >= 0)
			close(kill);
		if (kill >= 0 && cgroup->procs >= 0)
			return;
		rmdir(cgroup->path);
	}
	if (cgroup->procs >= 0)
		close(cgroup->procs);
	cgroup->procs = -1;
	cgroup->path[0] = '\0';
}

bool
cgroup_write(const struct cgroup *cgroup, const char *name, const char *text)
{
	return write_in(cgroup->path, name, text);
}

bool
cgroup_enter(const struct cgroup *cgroup)
{
	return cgroup->procs < 0 || write(cgroup->procs, "0", 1) == 1;
}

/* A cgroup that is killed by its path must surely be one that we have made. */
void
cgroup_find(struct cgroup *cgroup, const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	cgroup->procs = -1;
	cgroup->path[0] = '\0';
	if (slash != NULL && name[0] != '\0' && strcmp(slash + 1, name) == 0 &&
	    strncmp(path, root, sizeof(root) - 1) == 0 &&
	    strlen(path) < sizeof(cgroup->path))
		strcpy(cgroup->path, path);
}

bool
cgroup_kill(const struct cgroup *cgroup)
{
	return is_populated(cgroup) &&
	    write_in(cgroup->path, "cgroup.kill", "1");
}

/* Waits until the file of events says so, or for so long. */
static bool
await(const struct cgroup *cgroup, bool (*is_so)(const struct cgroup *),
    bool wanted, int64_t wait_ms)
{
	struct pollfd events = { .events = POLLPRI };
	int64_t left, end = clock_ms(CLOCK_MONOTONIC) + wait_ms;
	char c;

	events.fd = open_in(cgroup->path, "cgroup.events", O_RDONLY);
	if (events.fd < 0)
		return true;
	for (;;) {
		/* only what changes after a read is told */
		(void)!pread(events.fd, &c, 1, 0);
		left = end - clock_ms(CLOCK_MONOTONIC);
		if (is_so(cgroup) == wanted || left <= 0)
			break;
		poll(&events, 1, (int)left);
	}
	close(events.fd);
	return is_so(cgroup) == wanted;
}

bool
cgroup_freeze(const struct cgroup *cgroup, bool frozen)
{
	if (!write_in(cgroup->path, "cgroup.freeze", frozen ? "1" : "0"))
		return false;
	/* one that the kernel cannot stop now it stops later */
	(void)await(cgroup, is_frozen, frozen, FREEZE_MS);
	return true;
}

static void
each_process(const char *dir, void (*fn)(pid_t pid, void *arg), void *arg)
{
	char text[1024];
	ssize_t i, n;
	pid_t pid = 0;
	int fd = open_in(dir, "cgroup.procs", O_RDONLY);

	if (fd < 0)
		return;
	while ((n = read(fd, text, sizeof(text))) > 0) {
		for (i = 0; i < n; i++) {
			if (text[i] >= '0' && text[i] <= '9') {
				pid = pid * 10 + (text[i] - '0');
			} else if (pid != 0) {
				fn(pid, arg);
				pid = 0;
			}
		}
	}
	close(fd);
}

static void
each_in(const char *dir, void (*fn)(pid_t pid, void *arg), void *arg)
{
	struct numbers folders;
	char path[PATH_SIZE];
	const char *name;

	each_process(dir, fn, arg);
	if (!numbers_open(&folders, dir))
		return;
	while ((name = numbers_next_name(&folders, DT_DIR)) != NULL)
		if (join(path, dir, name))
			each_in(path, fn, arg);
	numbers_close(&folders);
}

void
cgroup_each(const struct cgroup *cgroup, void (*fn)(pid_t pid, void *arg),
    void *arg)
{
	if (cgroup->path[0] != '\0')
		each_in(cgroup->path, fn, arg);
}

void
cgroup_usage(const struct cgroup *cgroup, struct exitrec *rec)
{
	char text[1024];

	if (read_in(cgroup->path, "cpu.stat", text, sizeof(text)) &&
	    number_of(text, "user_usec") >= 0) {
		rec->utime = number_of(text, "user_usec") / 1000;
		rec->stime = number_of(text, "system_usec") / 1000;
	}
	/* These two only where somebody has switched the controller on. */
	if (read_in(cgroup->path, "memory.peak", text, sizeof(text)))
		rec->memory_peak_kb = strtoll(text, NULL, 10) / 1024;
	if (read_in(cgroup->path, "memory.events", text, sizeof(text)) &&
	    number_of(text, "oom_kill") > 0)
		rec->oom_kills = number_of(text, "oom_kill");
}

bool
cgroup_await_empty(const struct cgroup *cgroup, int64_t wait_ms)
{
	return await(cgroup, is_populated, false, wait_ms);
}

static void
remove_all(const char *dir)
{
	struct numbers folders;
	char path[PATH_SIZE];
	const char *name;

	if (rmdir(dir) == 0 || !numbers_open(&folders, dir))
		return;
	while ((name = numbers_next_name(&folders, DT_DIR)) != NULL)
		if (join(path, dir, name))
			remove_all(path);
	numbers_close(&folders);
	rmdir(dir);
}

void
cgroup_remove(struct cgroup *cgroup, int64_t wait_ms)
{
	if (cgroup->path[0] == '\0')
		return;
	if (cgroup_kill(cgroup))
		cgroup_await_empty(cgroup, wait_ms);
	remove_all(cgroup->path);
	if (cgroup->procs >= 0)
		close(cgroup->procs);
	cgroup->procs = -1;
	cgroup->path[0] = '\0';
}
