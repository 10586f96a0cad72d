/*
 * Errands.  See errand.h.  Nothing is claimed and nothing recorded: what the
 * program has printed is all that its sender wants.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper/cgroup.h"
#include "keeper/clock.h"
#include "keeper/errand.h"
#include "keeper/keeper.h"
#include "keeper/mark.h"
#include "keeper/signals.h"
#include "keeper/tree.h"

/* Processes that are alive after this stay alive. */
#define KILL_MS 2000
/* Walks of one round that stop what still runs, and forks. */
#define STOP_WALKS 8
/* The longest pause between rounds. */
#define ROUND_MS 50

extern char **environ;

struct errand {
	const struct keeper_options *options;
	struct cgroup cgroup;
	char mark[96];
	char *env[16];
	pid_t main; /* 0: has ended */
	int status;
};

/*
 * The cgroup has a name of its own: the task may run again, and an errand that
 * ends because its daemon was killed must not end that of the next one.
 */
static void
prepare(struct errand *errand)
{
	static const char *const keep[] = { "HOME=", "LOGNAME=", "PATH=",
		"TMPDIR=", "USER=", "XDG_CONFIG_HOME=" };
	char name[64], cgroup[96];
	size_t i, n = 0;
	char **pair;

	mark_name(errand->options->dir, name, sizeof(name));
	snprintf(errand->mark, sizeof(errand->mark), "CCPROC_TASK=%s", name);
	errand->env[n++] = errand->mark;
	for (i = 0; i < sizeof(keep) / sizeof(keep[0]); i++)
		for (pair = environ; *pair != NULL; pair++)
			if (strncmp(*pair, keep[i], strlen(keep[i])) == 0) {
				errand->env[n++] = *pair;
				break;
			}
	snprintf(cgroup, sizeof(cgroup), "errand-%d-%s", (int)getpid(), name);
	cgroup_name(&errand->cgroup, errand->options->cgroup, cgroup);
	cgroup_make(&errand->cgroup);
}

/* All signals are blocked; the program has none blocked. */
static void
detach(void)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	sigaction(SIGCHLD, &action, NULL); /* ignored, it loses the status */
	setsid();
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
	(void)!chdir("/");
}

static void
start(struct errand *errand)
{
	char *const *argv = errand->options->argv;
	sigset_t none;

	errand->main = vfork();
	if (errand->main == 0) {
		setsid();
		(void)cgroup_enter(&errand->cgroup);
		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		execve(argv[0], argv, errand->env);
		_exit(127);
	}
	if (errand->main < 0)
		errand->main = 0;
}

/* Returns whether a child is left. */
static bool
reap(struct errand *errand)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
		if (pid == errand->main) {
			errand->main = 0;
			errand->status = status;
		}
	return pid == 0;
}

static void
wait_for_main(struct errand *errand)
{
	int64_t due = CLOCK_NEVER, left;
	sigset_t signals;
	int sig = 0;

	if (errand->options->timeout_s != 0)
		due = clock_ms(CLOCK_MONOTONIC) +
		    (int64_t)errand->options->timeout_s * 1000;
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGTERM);
	while (errand->main != 0 && sig != SIGTERM) {
		left = due - clock_ms(CLOCK_MONOTONIC);
		if (left <= 0)
			return;
		sig = signals_wait(&signals, NULL, left);
		reap(errand);
	}
}

/* First stop whatever can fork, or there is always one more. */
static void
kill_round(const struct errand *errand)
{
	int i;

	cgroup_kill(&errand->cgroup);
	for (i = 0; i < STOP_WALKS; i++)
		if (tree_signal(SIGSTOP).running == 0)
			break;
	tree_signal(SIGKILL);
	if (errand->main != 0) /* even without /proc */
		kill(errand->main, SIGKILL);
}

static void
kill_all(struct errand *errand)
{
	int64_t end = clock_ms(CLOCK_MONOTONIC) + KILL_MS, pause = 1;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while (reap(errand) && clock_ms(CLOCK_MONOTONIC) < end) {
		kill_round(errand);
		signals_wait(&child, NULL, pause);
		pause = 2 * pause < ROUND_MS ? 2 * pause : ROUND_MS;
	}
}

int
errand_run(const struct keeper_options *options)
{
	struct errand errand = { .options = options, .status = -1 };

	detach();
	cgroup_move(options->keepers);
	prepare(&errand);
	start(&errand);
	wait_for_main(&errand);
	kill_all(&errand);
	cgroup_remove(&errand.cgroup, KILL_MS);
	return WIFEXITED(errand.status) ? WEXITSTATUS(errand.status) : 1;
}
