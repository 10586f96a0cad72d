/*
 * Starting programs.  See spawn.h.
 *
 * By vfork(2), which copies nothing: posix_spawn(3) asks the kernel for each
 * signal, whether that matters or not, and does not say which step failed.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/starter.h"
#include "daemon/os/spawn.h"

static const char null_file[] = "/dev/null";

/* A program to be started, and what the child says of it on our memory. */
struct start {
	const char *program;
	char *const *argv, *const *env;
	const struct process_gift *gift;
	const char *volatile refused; /* what could not be opened or started */
	volatile int errnum;
};

/*
 * The signals that we ignore, for they alone outlast execve(2).  They are asked
 * for once: the daemon ignores none later on.
 */
static const sigset_t *
ignored(void)
{
	static sigset_t signals;
	static bool known;
	struct sigaction action;
	int signo;

	for (signo = 1; !known && signo < NSIG; signo++)
		if (sigaction(signo, NULL, &action) == 0 &&
		    action.sa_handler == SIG_IGN)
			sigaddset(&signals, signo);
	known = true;
	return &signals;
}

static void
reset_signals(void)
{
	const struct sigaction action = { .sa_handler = SIG_DFL };
	int signo;

	for (signo = 1; signo < NSIG; signo++)
		if (sigismember(ignored(), signo) == 1)
			sigaction(signo, &action, NULL);
}

/* All our descriptors are close-on-exec; this one will not be. */
static bool
give(int fd, int as)
{
	return (fd == as ? fcntl(fd, F_SETFD, 0) : dup2(fd, as)) != -1;
}

static bool
give_all(struct start *start)
{
	const struct process_gift *gift = start->gift;
	int null = -1;

	if (gift->in == -1 || gift->out == -1) {
		start->refused = null_file;
		null = open(null_file, O_RDWR | O_CLOEXEC);
		if (null == -1)
			return false;
		start->refused = start->program;
	}
	return give(gift->in == -1 ? null : gift->in, STDIN_FILENO) &&
	    give(gift->out == -1 ? null : gift->out, STDOUT_FILENO) &&
	    (gift->extra == -1 || give(gift->extra, SPAWN_EXTRA_FD)) &&
	    (gift->more <= 0 || give(gift->more, SPAWN_EXTRA_FD + 1));
}

static void run(struct start *start) __attribute__((noreturn, noinline));

/* Runs in the child, on our memory; every signal is blocked, and stays so. */
static void
run(struct start *start)
{
	reset_signals();
	if (give_all(start))
		execve(start->program, start->argv, start->env);
	start->errnum = errno;
	_exit(127);
}

static pid_t
spawn(struct start *start)
{
	sigset_t all, before;
	pid_t pid;

	(void)ignored(); /* of ours, not of the child */
	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = vfork();
	if (pid == 0)
		run(start);
	if (pid == -1)
		start->errnum = errno;
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (pid == -1 || start->errnum == 0)
		return pid;
	waitpid(pid, NULL, 0);
	return -1;
}

/*
 * A program of ours may be there again in a moment; one with too many
 * arguments never starts.
 */
static void
fail_start(struct error *err, const struct start *start)
{
	errno = start->errnum;
	fail_errno(err,
	    start->refused == null_file ? "cannot open %s" : "cannot start %s",
	    start->refused);
	if (start->errnum != E2BIG)
		err->code = ERR_OURS;
}

/* The strings are ours and the gift's; the caller frees the vector. */
static char **
environment(const struct process_gift *gift)
{
	static char **ours; /* chosen once: nobody changes it */
	char **env;
	size_t n, own = 0;

	if (ours == NULL)
		ours = starter_environment();
	while (own < 2 && gift->variables[own] != NULL)
		own++;
	n = strv_len(ours);
	env = xcalloc(own + n + 1, sizeof(*env));
	/* in front, where they are found in /proc however much follows */
	memcpy(env, gift->variables, own * sizeof(*env));
	memcpy(env + own, ours, n * sizeof(*env));
	return env;
}

pid_t
spawn_program(char *const *argv, const struct process_gift *gift,
    struct error *err)
{
	struct start start = { .argv = argv, .gift = gift };
	char **env = environment(gift);
	pid_t pid;

	start.program = gift->program != NULL ? gift->program : argv[0];
	start.refused = start.program;
	start.env = env;
	pid = spawn(&start);
	free(env);
	if (pid == -1)
		fail_start(err, &start);
	return pid;
}
