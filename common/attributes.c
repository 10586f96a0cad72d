/*
 * Inherited attributes.  See attributes.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/attributes.h"

/* linux/ioprio.h is not everywhere. */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_CLASS_SHIFT 13

/* By their numbers, which are the same on all machines but for a few. */
static const char *const names[ATTRIBUTES_LIMITS] = {
	[RLIMIT_CPU] = "seconds of CPU",
	[RLIMIT_FSIZE] = "bytes in a file",
	[RLIMIT_DATA] = "bytes of data",
	[RLIMIT_STACK] = "bytes of stack",
	[RLIMIT_CORE] = "bytes in a core",
	[RLIMIT_RSS] = "bytes resident",
	[RLIMIT_NPROC] = "processes",
	[RLIMIT_NOFILE] = "open files",
	[RLIMIT_MEMLOCK] = "locked bytes",
	[RLIMIT_AS] = "bytes of memory",
	[RLIMIT_LOCKS] = "locks",
	[RLIMIT_SIGPENDING] = "pending signals",
	[RLIMIT_MSGQUEUE] = "bytes in message queues",
	[RLIMIT_NICE] = "of nice",
	[RLIMIT_RTPRIO] = "of real-time priority",
	[RLIMIT_RTTIME] = "us of real time",
};

static const char oom_file[] = "/proc/self/oom_score_adj";

static int
read_oom(void)
{
	char text[16] = "";
	int fd = openat(AT_FDCWD, oom_file, O_RDONLY | O_CLOEXEC);

	if (fd != -1) {
		if (read(fd, text, sizeof(text) - 1) < 0)
			text[0] = '\0';
		close(fd);
	}
	return atoi(text);
}

/* Without stdio, for a child of vfork(2). */
void
attributes_set_oom(int value)
{
	char text[8];
	size_t at = sizeof(text);
	unsigned left = value < 0 ? 0U - (unsigned)value : (unsigned)value;
	int fd;

	do
		text[--at] = (char)('0' + left % 10);
	while ((left /= 10) > 0 && at > 1);
	if (value < 0)
		text[--at] = '-';
	fd = openat(AT_FDCWD, oom_file, O_WRONLY | O_CLOEXEC);
	if (fd == -1)
		return;
	/* Refused is as good as absent: it is a preference. */
	if (write(fd, text + at, sizeof(text) - at) < 0)
		errno = 0;
	close(fd);
}

static void
read_limit(int resource, struct attributes *a)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) != 0)
		limit.rlim_cur = limit.rlim_max = RLIM_INFINITY;
	a->soft[resource] = limit.rlim_cur;
	a->hard[resource] = limit.rlim_max;
}

/* By the calls themselves: musl's functions say ENOSYS. */
static void
read_policy(struct attributes *a)
{
	struct sched_param param = { 0 };

	a->policy = (int)syscall(SYS_sched_getscheduler, 0);
	if (syscall(SYS_sched_getparam, 0, &param) == 0)
		a->priority = param.sched_priority;
}

static int
read_io(void)
{
	int io = (int)syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, 0);

	/* none, with a level that follows from nice */
	return io >> IOPRIO_CLASS_SHIFT <= 0 ? 0 : io;
}

static void
read_processors(struct attributes *a)
{
	memset(a->processors, 0, sizeof(a->processors));
	if (syscall(SYS_sched_getaffinity, 0, sizeof(a->processors),
		a->processors) < 0)
		memset(a->processors, 0xff, sizeof(a->processors));
}

static int
read_no_new_privs(void)
{
	return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

void
attributes_read(struct attributes *a)
{
	int i;

	memset(a, 0, sizeof(*a));
	for (i = 0; i < ATTRIBUTES_LIMITS; i++)
		read_limit(i, a);
	a->nice = getpriority(PRIO_PROCESS, 0);
	read_policy(a);
	a->io = read_io();
	a->oom = read_oom();
	a->no_new_privs = read_no_new_privs();
	read_processors(a);
}

/* Numbers with a blank between, the processors without zeroes at the end. */
void
attributes_print(const struct attributes *a, char text[ATTRIBUTES_SIZE])
{
	int i, n = ATTRIBUTES_WORDS;
	size_t len;

	len = (size_t)snprintf(text, ATTRIBUTES_SIZE, "%d %d %d %d %d %d",
	    a->nice, a->policy, a->priority, a->io, a->oom, a->no_new_privs);
	for (i = 0; i < ATTRIBUTES_LIMITS; i++)
		len += (size_t)snprintf(text + len, ATTRIBUTES_SIZE - len,
		    " %" PRIx64 " %" PRIx64, a->soft[i], a->hard[i]);
	while (n > 1 && a->processors[n - 1] == 0)
		n--;
	for (i = 0; i < n; i++)
		len += (size_t)snprintf(text + len, ATTRIBUTES_SIZE - len,
		    " %" PRIx64, a->processors[i]);
}

static bool
take_word(const char **text, uint64_t *value)
{
	char *end;

	if (**text != ' ')
		return false;
	errno = 0;
	*value = strtoull(*text + 1, &end, 16);
	if (end == *text + 1 || errno != 0)
		return false;
	*text = end;
	return true;
}

static bool
take_number(const char **text, int *value)
{
	char *end;
	long number = strtol(*text, &end, 10);

	if (end == *text || number < INT16_MIN || number > INT16_MAX)
		return false;
	*value = (int)number;
	*text = end;
	return true;
}

bool
attributes_parse(const char *text, struct attributes *a)
{
	int i;

	memset(a, 0, sizeof(*a));
	if (!take_number(&text, &a->nice) || !take_number(&text, &a->policy) ||
	    !take_number(&text, &a->priority) || !take_number(&text, &a->io) ||
	    !take_number(&text, &a->oom) ||
	    !take_number(&text, &a->no_new_privs))
		return false;
	for (i = 0; i < ATTRIBUTES_LIMITS; i++)
		if (!take_word(&text, &a->soft[i]) ||
		    !take_word(&text, &a->hard[i]))
			return false;
	for (i = 0; i < ATTRIBUTES_WORDS && *text != '\0'; i++)
		if (!take_word(&text, &a->processors[i]))
			return false;
	return *text == '\0';
}

/* Both, or as much as our own hard limit lets us. */
static void
set_limit(int resource, uint64_t soft, uint64_t hard)
{
	struct rlimit limit = { .rlim_cur = soft, .rlim_max = hard }, own;

	if (setrlimit(resource, &limit) == 0 || getrlimit(resource, &own) != 0)
		return;
	if (own.rlim_max < limit.rlim_max)
		limit.rlim_max = own.rlim_max;
	if (limit.rlim_cur > limit.rlim_max)
		limit.rlim_cur = limit.rlim_max;
	setrlimit(resource, &limit);
}

static void
apply_scheduling(const struct attributes *a, struct attributes *now)
{
	struct sched_param param = { .sched_priority = a->priority };

	if (a->io != now->io) {
		syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, a->io);
		now->io = read_io();
	}
	if (a->policy != now->policy) {
		syscall(SYS_sched_setscheduler, 0, a->policy, &param);
		read_policy(now);
	}
	if (a->nice != now->nice) {
		setpriority(PRIO_PROCESS, 0, a->nice);
		now->nice = getpriority(PRIO_PROCESS, 0);
	}
	if (memcmp(a->processors, now->processors, sizeof(a->processors)) !=
	    0) {
		syscall(SYS_sched_setaffinity, 0, sizeof(a->processors),
		    a->processors);
		read_processors(now);
	}
}

/*
 * Most of it is so already.  Limits come last: they are not ours, and what is
 * before them is.
 */
void
attributes_apply(const struct attributes *a, struct attributes *now)
{
	int i;

	attributes_read(now);
	apply_scheduling(a, now);
	if (a->oom != now->oom) {
		attributes_set_oom(a->oom);
		now->oom = read_oom();
	}
	if (a->no_new_privs && !now->no_new_privs) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		now->no_new_privs = read_no_new_privs();
	}
	for (i = 0; i < ATTRIBUTES_LIMITS; i++) {
		if (a->soft[i] == now->soft[i] && a->hard[i] == now->hard[i])
			continue;
		set_limit(i, a->soft[i], a->hard[i]);
		read_limit(i, now);
	}
}

/* Limits that would stop our own work, though nobody meant that. */
static bool
is_in_the_way(int resource)
{
	return resource == RLIMIT_CPU || resource == RLIMIT_FSIZE ||
	    resource == RLIMIT_DATA || resource == RLIMIT_AS ||
	    resource == RLIMIT_LOCKS;
}

void
attributes_raise(void)
{
	struct attributes a, now;
	int i;

	attributes_read(&a);
	a.nice = a.nice > 0 ? 0 : a.nice;
	a.policy = SCHED_OTHER;
	a.priority = a.io = 0;
	a.oom = a.oom > 0 ? 0 : a.oom;
	a.no_new_privs = 0;
	memset(a.processors, 0xff, sizeof(a.processors));
	for (i = 0; i < ATTRIBUTES_LIMITS; i++)
		if (is_in_the_way(i))
			a.soft[i] = a.hard[i] = RLIM_INFINITY;
		else if (i == RLIMIT_NOFILE || i == RLIMIT_NPROC)
			a.soft[i] = a.hard[i];
	attributes_apply(&a, &now);
}

static void
add(char *text, size_t size, const char *more)
{
	size_t len = strlen(text);

	snprintf(text + len, size - len, "%s%s", len == 0 ? "" : ", ", more);
}

/* A hard limit bounds nothing by itself, and idle processors may have gone. */
void
attributes_differ(const struct attributes *wanted, const struct attributes *got,
    char *text, size_t size)
{
	char one[120], most[24];
	int i;

	text[0] = '\0';
	for (i = 0; i < ATTRIBUTES_LIMITS; i++) {
		if (got->soft[i] == wanted->soft[i])
			continue;
		snprintf(most, sizeof(most), "%" PRIu64, wanted->soft[i]);
		snprintf(one, sizeof(one), "at most %" PRIu64 " %s, not %s",
		    got->soft[i], names[i],
		    wanted->soft[i] == RLIM_INFINITY ? "unlimited" : most);
		add(text, size, one);
	}
	if (got->nice != wanted->nice) {
		snprintf(one, sizeof(one), "nice %d, not %d", got->nice,
		    wanted->nice);
		add(text, size, one);
	}
	if (got->policy != wanted->policy || got->priority != wanted->priority)
		add(text, size, "another scheduling policy");
	if (got->io != wanted->io)
		add(text, size, "another I/O priority");
	if (memcmp(got->processors, wanted->processors,
		sizeof(got->processors)) != 0)
		add(text, size, "other processors");
	if (got->no_new_privs != wanted->no_new_privs)
		add(text, size, "no new privileges");
}
