/*
 * Starting a daemon.  See revive.h.
 *
 * It becomes a child of our parent (CLONE_PARENT): below us, a subreaper, it
 * would be a process of the task, and end with it.  Two that are started at
 * once come to the lock of the state directory, and one of them exits.
 */
#include <dirent.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/program.h"
#include "keeper/numbers.h"
#include "keeper/revive.h"
#include "keeper/run_dir.h"

#define PATH_SIZE RUN_DIR_SIZE

/* The state directory of a task, which is STATE/tasks/DAY/N-UUID. */
static bool
find_state(const char *task, char *state)
{
	static const char *const below[] = { "", "", "tasks" };
	char *slash;
	size_t i;

	strcpy(state, task);
	for (i = 0; i < sizeof(below) / sizeof(below[0]); i++) {
		slash = strrchr(state, '/');
		if (slash == NULL ||
		    (below[i][0] != '\0' && strcmp(slash + 1, below[i]) != 0))
			return false;
		*slash = '\0';
	}
	return true;
}

static int
open_in(const char *state, const char *name, int flags)
{
	char path[PATH_SIZE + 64];

	snprintf(path, sizeof(path), "%s/%s", state, name);
	return openat(AT_FDCWD, path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* Also when that cannot be told. */
static bool
is_served(const char *state)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = open_in(state, "lock", O_RDWR);
	bool served = true;

	if (fd < 0)
		return true;
	if (fcntl(fd, F_GETLK, &lock) == 0)
		served = lock.l_type != F_UNLCK;
	close(fd);
	return served;
}

/* Whether there are live tasks beside the one with this name. */
static bool
has_others(const char *state, const char *task)
{
	char path[PATH_SIZE + 64];
	struct numbers links;
	const char *name;
	bool others = false;

	snprintf(path, sizeof(path), "%s/live", state);
	if (!numbers_open(&links, path))
		return false;
	while (!others && (name = numbers_next_name(&links, DT_LNK)) != NULL)
		others = strcmp(name, task) != 0;
	numbers_close(&links);
	return others;
}

static bool
is_there(const char *dir, const char *name)
{
	int fd = open_in(dir, name, O_PATH);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * Whether the task is to go on: its last run is to be tried again, or there
 * is one that has not begun.
 */
static bool
has_next_run(const char *dir, const char *task)
{
	struct numbers runs;
	const char *name;
	char path[64];
	bool next = is_there(dir, "env");

	if (!numbers_open(&runs, task))
		return false;
	while (!next && (name = numbers_next_name(&runs, DT_DIR)) != NULL) {
		snprintf(path, sizeof(path), "%.32s/exit.json", name);
		next = run_dir_is_later(name) && !is_there(task, path);
	}
	numbers_close(&runs);
	return next;
}

static void become_daemon(const char *daemon, const char *state)
    __attribute__((noreturn));

/* Starts it as a client does, but nobody reads what it says on 3. */
static void
become_daemon(const char *daemon, const char *state)
{
	char name[] = "ccprocd", option[] = "--ready-fd", three[] = "3";
	char *const argv[] = { name, option, three, NULL };
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	int log = open_in(state, "ccprocd.log", O_WRONLY | O_APPEND | O_CREAT);
	sigset_t none;

	/* no longer a keeper for those who look for one */
	prctl(PR_SET_NAME, "ccproc-start");
	setsid();
	if (null < 0 || log < 0)
		_exit(1);
	/* 0 to 2 are open, so neither is below 3 */
	dup2(null, 0);
	dup2(log, 1);
	dup2(log, 2);
	if (null == 3)
		fcntl(3, F_SETFD, 0);
	else
		dup2(null, 3);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execv(daemon, argv);
	_exit(127);
}

/* Forks a child of our parent rather than of ours. */
static pid_t
fork_sibling(void)
{
	const long flags = CLONE_PARENT | SIGCHLD;

#ifdef __s390__ /* the one with another order, clone(2) */
	return (pid_t)syscall(SYS_clone, 0, flags, 0, 0, 0);
#else
	return (pid_t)syscall(SYS_clone, flags, 0, 0, 0, 0);
#endif
}

/* The one that was installed last; ours only if that is gone. */
static void
start(const char *daemon, const char *state)
{
	struct program noted;

	if (program_noted(state, &noted))
		daemon = noted.path;
	if (fork_sibling() == 0)
		become_daemon(daemon, state);
}

void
revive_daemon(const char *dir, const char *daemon)
{
	char task[PATH_SIZE], state[PATH_SIZE];

	if (daemon != NULL && run_dir_task(dir, task) &&
	    find_state(task, state) && !is_served(state))
		start(daemon, state);
}

void
revive_for_others(const char *dir, const char *daemon)
{
	char task[PATH_SIZE], state[PATH_SIZE];

	if (daemon != NULL && run_dir_task(dir, task) &&
	    find_state(task, state) && !is_served(state) &&
	    (has_others(state, run_dir_name(task)) || has_next_run(dir, task)))
		start(daemon, state);
}
