/*
 * Starting and watching processes.  See process.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/pidfd.h"
#include "daemon/os/loop.h"
#include "daemon/os/process.h"
#include "daemon/os/spawn.h"

/* Older C libraries have neither the calls nor this name (Linux 5.4). */
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

/* When it is looked whether one that was told to end hears and does it. */
#define DEAF_MS 5000
/* The same, after it was found stopped and made to go on. */
#define AGAIN_MS 200
/* How often it may be found stopped. */
#define STOPPED_MAX 3
/* When one that was killed is dead. */
#define DEAD_MS 100
/* How often it is tried to reap one that is still traced. */
#define TRACED_MS 1000

struct process {
	pid_t pid;
	int pidfd;
	bool child;
	struct event *ended;
	struct event *later; /* tells, or looks what came of that; or NULL */
	bool to_tell;        /* told and value, unless that is off then */
	bool (*is_off)(const void *arg);
	const void *off_arg;
	int stopped;     /* how often it was found stopped since */
	int told, value; /* the signal that is told, and its value */
	void (*gone)(void *arg);
	void *arg;
};

/*
 * A child is a zombie until it is reaped, so nobody else gets its pid.  False:
 * somebody traces it, and nobody else can reap it before that one lets go.
 */
static bool
reap(const struct process *process)
{
	siginfo_t info = { 0 };
	int result;

	do
		result = waitid((idtype_t)P_PIDFD, (id_t)process->pidfd, &info,
		    WEXITED | WNOHANG);
	while (result == -1 && errno == EINTR);
	return result == -1 || info.si_pid != 0;
}

static void
on_traced(int fd, short what, void *arg)
{
	struct process *dead = arg;

	(void)fd;
	(void)what;
	if (reap(dead))
		process_free(dead);
	else
		loop_timer_start(dead->later, TRACED_MS);
}

static void
reap_later(const struct process *process)
{
	struct process *dead = xcalloc(1, sizeof(*dead));

	dead->pid = process->pid;
	dead->pidfd = fcntl(process->pidfd, F_DUPFD_CLOEXEC, 0);
	dead->later = loop_timer_new(on_traced, dead);
	loop_timer_start(dead->later, TRACED_MS);
}

static void
end(struct process *process)
{
	if (process->child && !reap(process))
		reap_later(process);
	process->child = false;
	process->gone(process->arg);
}

static void
on_ended(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end(arg);
}

static struct process *
watch(pid_t pid, bool child, void (*gone)(void *), void *arg, struct error *err)
{
	struct process *process;
	int pidfd = pidfd_of(pid);

	if (pidfd == -1) {
		fail_errno(err, "cannot open a pidfd of process %d", (int)pid);
		return NULL;
	}
	process = xcalloc(1, sizeof(*process));
	process->pid = pid;
	process->pidfd = pidfd;
	process->child = child;
	process->gone = gone;
	process->arg = arg;
	process->ended = loop_watch(pidfd, EV_READ, on_ended, process, err);
	if (process->ended != NULL)
		return process;
	fail_prefix(err, "process %d", (int)pid);
	process_free(process);
	return NULL;
}

struct process *
process_start(char *const *argv, const struct process_gift *gift,
    void (*gone)(void *arg), void *arg, struct error *err)
{
	struct process *process;
	int spare;
	pid_t pid;

	/* reserves a descriptor for the pidfd: what runs must be followed */
	spare = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
	if (spare == -1) {
		fail_errno(err, "no descriptor left to follow a process");
		return NULL;
	}
	pid = spawn_program(argv, gift, err);
	close(spare);
	if (pid == -1)
		return NULL;
	process = watch(pid, true, gone, arg, err);
	if (process == NULL) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	return process;
}

int
process_memory(const char *bytes, size_t len, struct error *err)
{
	int high, fd = memfd_create("ccproc", MFD_CLOEXEC);

	/* not where another descriptor of a process goes */
	if (fd != -1 && fd <= SPAWN_EXTRA_FD) {
		high = fcntl(fd, F_DUPFD_CLOEXEC, SPAWN_EXTRA_FD + 1);
		close(fd);
		fd = high;
	}
	if (fd != -1 && pwrite(fd, bytes, len, 0) == (ssize_t)len)
		return fd;
	fail_errno(err, "cannot make a file in memory");
	if (fd != -1)
		close(fd);
	return -1;
}

struct process *
process_adopt(pid_t pid, void (*gone)(void *arg), void *arg, struct error *err)
{
	return watch(pid, false, gone, arg, err);
}

bool
process_signal(const struct process *process, int signo, int value)
{
	return pidfd_queue(process->pidfd, signo, value) == 0;
}

bool
process_has_ended(const struct process *process)
{
	struct pollfd pfd = { .fd = process->pidfd, .events = POLLIN };

	return poll(&pfd, 1, 0) == 1;
}

pid_t
process_pid(const struct process *process)
{
	return process->pid;
}

void
process_free(struct process *process)
{
	if (process == NULL)
		return;
	if (process->ended != NULL)
		event_free(process->ended);
	if (process->later != NULL)
		event_free(process->later);
	close(process->pidfd);
	free(process);
}

static void
reaped(void *arg)
{
	process_free(arg);
}

/* Returns its state as ps(1) shows it, and whether the signal still waits. */
static char
look(const struct process *process, bool *waits)
{
	unsigned long long pending = 0;
	char path[64], line[256], state = '\0';
	FILE *status;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)process->pid);
	status = fopen(path, "re");
	while (status != NULL && fgets(line, sizeof(line), status) != NULL) {
		sscanf(line, "State: %c", &state);
		sscanf(line, "ShdPnd: %llx", &pending);
	}
	if (status != NULL)
		fclose(status);
	*waits = process->told != 0 &&
	    (pending & 1ULL << (process->told - 1)) != 0;
	return state;
}

static bool
is_stopped(char state)
{
	return state == 'T' || state == 't';
}

bool
process_is_stopped(const struct process *process)
{
	bool waits;

	return is_stopped(look(process, &waits));
}

/*
 * SIGCONT goes with each signal that we send: who is stopped all the same is
 * stopped again and again, or is traced.  One that has heard may be stopped
 * before it does what it was told, so it is looked at until it has ended.
 */
static void
look_whether_it_ends(struct process *process)
{
	bool waits;
	char state = look(process, &waits);
	bool stopped = is_stopped(state);

	if (state == 'Z') { /* its end is told to who traces it */
		end(process);
	} else if (!stopped) {
		loop_timer_start(process->later, DEAF_MS);
	} else if (waits || ++process->stopped == STOPPED_MAX) {
		log_warnx("process %d is stopped, perhaps traced, and does not "
			  "end: it is killed",
		    (int)process->pid);
		pidfd_signal(process->pidfd, SIGKILL);
		loop_timer_start(process->later, DEAD_MS);
	} else {
		pidfd_signal(process->pidfd, SIGCONT);
		loop_timer_start(process->later, AGAIN_MS);
	}
}

static void
on_later(int fd, short what, void *arg)
{
	struct process *process = arg;

	(void)fd;
	(void)what;
	if (process->to_tell && process->is_off(process->off_arg)) {
		process->to_tell = false;
		process->told = 0;
	} else if (process->to_tell)
		process_insist(process, process->told, process->value);
	else
		look_whether_it_ends(process);
}

static void
start_later(struct process *process, int64_t ms)
{
	if (process->later == NULL)
		process->later = loop_timer_new(on_later, process);
	loop_timer_start(process->later, ms);
}

void
process_insist_later(struct process *process, int64_t ms, int signo, int value,
    bool (*is_off)(const void *arg), const void *arg)
{
	if (process->told != 0 && !process->to_tell)
		return;
	process->to_tell = true;
	process->told = signo;
	process->value = value;
	process->is_off = is_off;
	process->off_arg = arg;
	start_later(process, ms);
}

bool
process_insist(struct process *process, int signo, int value)
{
	if (!process_signal(process, signo, value))
		return false;
	process->to_tell = false;
	process->told = signo;
	start_later(process, DEAF_MS);
	return true;
}

void
process_abandon(struct process *process, int signo)
{
	if (!process->child) { /* reaped already */
		process_free(process);
		return;
	}
	process_signal(process, signo, 0);
	process->gone = reaped;
	process->arg = process;
}
