/*
 * Ending what a killed keeper has left.  See orphans.h.
 *
 * Its processes are no children of ours and mostly of init by now, so they
 * are found by their mark, and those without one by a parent that has it or
 * had to be stopped for it.  One that has put away its environment and lost
 * its parent too is not found.  A task that was started inside of this one has
 * a mark of its own and stays.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "common/error.h"
#include "common/keeperctl.h"
#include "common/pidfd.h"
#include "keeper/cgroup.h"
#include "keeper/clock.h"
#include "keeper/mark.h"
#include "keeper/numbers.h"
#include "keeper/orphans.h"
#include "keeper/print.h"
#include "keeper/procstat.h"
#include "keeper/record.h"
#include "keeper/tree.h"

/* Processes that are alive after this stay alive. */
#define KILL_MS 5000
/* Scans of one round that stop what still runs, and forks. */
#define STOP_SCANS 8
/* The longest pause between rounds. */
#define ROUND_MS 50
/* A process in the middle of execve(2) has no mark for less than this. */
#define EXEC_MS 20
/* A scan ends here; the next one goes on with what is left. */
#define SCAN_MAX 100000

struct process {
	pid_t pid;
	pid_t parent;
	int64_t start;
	bool running; /* neither stopped nor dead */
	enum mark mark;
	char comm[32];
};

struct scan {
	const char *dir;
	const struct cgroup *cgroup;
	char name[MARK_NAME_SIZE]; /* of the mark */
	struct process *all;       /* SCAN_MAX, of which n are touched */
	size_t n;
	struct process *known; /* what was ours in the scan before */
	size_t nknown;
};

/* Whether a file of /proc has that string, and before it, if given, that one. */
static bool
has_string(pid_t pid, const char *name, const char *before, const char *string)
{
	char path[64], text[16384];
	const char *p, *last = "";
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		n = read(fd, text, sizeof(text) - 1);
		close(fd);
	}
	text[n < 0 ? 0 : n] = '\0';
	for (p = text; p < text + n && strcmp(p, "--") != 0;
	     p += strlen(p) + 1) {
		if (strcmp(p, string) == 0 &&
		    (before == NULL || strcmp(last, before) == 0))
			return true;
		last = p;
	}
	return false;
}

/*
 * A keeper that is killed between vfork and exec leaves a child that is
 * still a copy of it.  No living keeper can have this task: we do.
 */
static bool
is_half_started(const struct scan *scan, const struct process *process)
{
	char variable[4200];

	if (strcmp(process->comm, "ccproc-keeper") != 0 ||
	    has_string(process->pid, "cmdline", NULL, "--orphans"))
		return false;
	snprintf(variable, sizeof(variable), KEEPER_VARIABLE "=%s", scan->dir);
	return has_string(process->pid, "environ", NULL, variable) ||
	    has_string(process->pid, "cmdline", "-d", scan->dir);
}

/* Whatever became of its parent meanwhile. */
static bool
is_known(const struct scan *scan, const struct process *process)
{
	size_t i;

	for (i = 0; i < scan->nknown; i++)
		if (scan->known[i].pid == process->pid)
			return scan->known[i].start == process->start;
	return false;
}

static bool
look_at(const struct scan *scan, pid_t pid, struct process *process)
{
	struct procstat st;

	if (pid <= 1 || pid == getpid() || !procstat_read(pid, &st) ||
	    !procstat_alive(&st))
		return false;
	process->pid = pid;
	process->parent = st.ppid;
	process->start = st.start;
	process->running = st.state != 'T' && st.state != 't';
	memcpy(process->comm, st.comm, sizeof(process->comm));
	process->mark = st.state == 'Z' ? mark_read_threads(pid, scan->name) :
					  mark_read(pid, scan->name);
	if (process->mark == MARK_NONE &&
	    (is_known(scan, process) || is_half_started(scan, process)))
		process->mark = MARK_OURS;
	return true;
}

/* The mark of a parent is that of children which have none. */
static bool
mark_children(struct scan *scan, pid_t parent)
{
	bool found = false;
	size_t i;

	for (i = 0; i < scan->n; i++) {
		if (scan->all[i].parent != parent ||
		    scan->all[i].mark != MARK_NONE)
			continue;
		scan->all[i].mark = MARK_OURS;
		found = true;
	}
	return found;
}

static void
mark_descendants(struct scan *scan)
{
	bool again = true;
	size_t i;

	while (again) {
		again = false;
		for (i = 0; i < scan->n; i++)
			if (scan->all[i].mark == MARK_OURS &&
			    mark_children(scan, scan->all[i].pid))
				again = true;
	}
}

static void
mark_member(pid_t pid, void *arg)
{
	struct scan *scan = arg;
	size_t i;

	for (i = 0; i < scan->n; i++)
		if (scan->all[i].pid == pid)
			scan->all[i].mark = MARK_OURS;
}

/* Keeps only what is ours. */
static void
look_around(struct scan *scan)
{
	struct numbers processes;
	size_t i, ours = 0;
	int pid;

	scan->n = 0;
	if (!numbers_open(&processes, "/proc"))
		return;
	while (scan->n < SCAN_MAX && (pid = numbers_next(&processes)) >= 0)
		scan->n += look_at(scan, pid, &scan->all[scan->n]);
	numbers_close(&processes);
	cgroup_each(scan->cgroup, mark_member, scan);
	mark_descendants(scan);
	for (i = 0; i < scan->n; i++)
		if (scan->all[i].mark == MARK_OURS)
			scan->all[ours++] = scan->all[i];
	memcpy(scan->known, scan->all, ours * sizeof(*scan->all));
	scan->n = scan->nknown = ours;
}

/*
 * The number may be a stranger's by now: so first hold whatever has it, then
 * look whether that is who was found.
 */
static void
send_signal(const struct process *process, int sig)
{
	int pidfd = pidfd_of(process->pid);
	struct procstat st;

	if (pidfd < 0)
		return;
	if (procstat_read(process->pid, &st) && st.start == process->start)
		pidfd_signal(pidfd, sig);
	close(pidfd);
}

/* Signals all that is ours; how many of them still ran. */
static size_t
signal_all(struct scan *scan, int sig)
{
	size_t i, running = 0;

	look_around(scan);
	for (i = 0; i < scan->n; i++) {
		running += scan->all[i].running;
		send_signal(&scan->all[i], sig);
	}
	return running;
}

/*
 * What forks is stopped first, or there is always one more.  One scan may
 * miss what hops from process to process; two in a row seldom do.
 */
static void
stop_all(struct scan *scan)
{
	int i, still = 0;

	for (i = 0; i < STOP_SCANS && still < 2; i++)
		still = signal_all(scan, SIGSTOP) == 0 ? still + 1 : 0;
}

static void
note_all(const struct scan *scan, char *names, size_t size)
{
	size_t i;

	names[0] = '\0';
	for (i = 0; i < scan->n; i++)
		tree_name(names, size, scan->all[i].pid, scan->all[i].comm);
}

static void
rest(int64_t ms)
{
	struct timespec ts = { .tv_nsec = (long)ms * 1000000 };

	nanosleep(&ts, NULL);
}

/* As look_around; false when nothing is left, which is looked at twice. */
static bool
some_left(struct scan *scan)
{
	look_around(scan);
	if (scan->n > 0)
		return true;
	rest(EXEC_MS);
	look_around(scan);
	return scan->n > 0;
}

static void
kill_all(struct scan *scan, struct exitrec *rec)
{
	int64_t pause = 1, end = clock_ms(CLOCK_MONOTONIC) + KILL_MS;

	if (!some_left(scan))
		return;
	/* Counted when it no longer moves; stopped, it is not as if paused. */
	signal_all(scan, SIGSTOP);
	(void)cgroup_freeze(scan->cgroup, false);
	stop_all(scan);
	rec->leftovers = (int64_t)scan->n;
	note_all(scan, rec->leftover_names, sizeof(rec->leftover_names));
	do {
		cgroup_kill(scan->cgroup);
		stop_all(scan);
		signal_all(scan, SIGKILL);
		rest(pause);
		pause = 2 * pause < ROUND_MS ? 2 * pause : ROUND_MS;
	} while (some_left(scan) && clock_ms(CLOCK_MONOTONIC) < end);
	rec->unkillable = (int64_t)scan->n;
}

static void
sweep(const char *dir, struct record *record)
{
	const size_t size = SCAN_MAX * sizeof(struct process);
	struct scan scan = { .dir = dir, .cgroup = &record->cgroup };

	mark_name(dir, scan.name, sizeof(scan.name));
	scan.all = mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (scan.name[0] == '\0' || scan.all == MAP_FAILED)
		return;
	scan.known = scan.all + SCAN_MAX;
	kill_all(&scan, &record->rec);
	munmap(scan.all, 2 * size);
}

int
orphans_run(const char *dir)
{
	struct record record;
	struct error err;
	int rc = record_inherit(&record, dir, &err);

	if (rc == 1) {
		if (!record.has_outcome)
			sweep(dir, &record);
		unlinkat(record.dirfd, KEEPER_PAUSED, 0);
		rc = record_finish(&record, &err);
	}
	if (rc < 0)
		print_strings(STDERR_FILENO, "ccproc-keeper: ", err.text, "\n",
		    NULL);
	return rc < 0;
}
