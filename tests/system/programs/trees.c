/*
 * trees KIND [N]: process trees that are hard to end.  Says "ready" once the
 * tree stands; most stay until somebody ends them.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void rest(void) __attribute__((noreturn));

static void
rest(void)
{
	for (;;)
		pause();
}

static void
ready(void)
{
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		_exit(1);
}

static void
deaf(void)
{
	signal(SIGTERM, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
}

static pid_t
fork_or_die(void)
{
	pid_t pid = fork();

	if (pid < 0) {
		perror("fork");
		_exit(1);
	}
	return pid;
}

/* Tells by the end of a pipe that n processes stand. */
static int pipe_fds[2];

static void
stand(void)
{
	if (write(pipe_fds[1], "x", 1) != 1)
		_exit(1);
}

static void
await(int n)
{
	char c;

	while (n-- > 0)
		if (read(pipe_fds[0], &c, 1) != 1)
			_exit(1);
	ready();
}

/* Does what daemon(3) does, but closes the descriptors. */
static void
daemons(int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (fork_or_die() != 0)
			continue;
		setsid();
		if (fork_or_die() != 0)
			_exit(0);
		setsid();
		stand();
		close(0);
		close(1);
		close(2);
		rest();
	}
	await(n);
}

static void
ignorers(int n)
{
	int i;

	deaf();
	for (i = 0; i < n; i++) {
		if (fork_or_die() != 0)
			continue;
		setsid();
		stand();
		rest();
	}
	await(n);
}

static void
stopped(int n)
{
	int i, status;
	pid_t pid;

	for (i = 0; i < n; i++) {
		pid = fork_or_die();
		if (pid == 0) {
			raise(SIGSTOP);
			rest();
		}
		waitpid(pid, &status, WUNTRACED);
	}
	ready();
	raise(SIGSTOP);
}

static void
chain(int n)
{
	int i;

	deaf();
	for (i = 0; i < n; i++)
		if (fork_or_die() != 0)
			break;
	if (i == n)
		ready();
	rest();
}

static void
subreapers(int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (fork_or_die() != 0)
			continue;
		deaf();
		prctl(PR_SET_CHILD_SUBREAPER, 1);
		if (fork_or_die() == 0 && fork_or_die() == 0) {
			setsid();
			stand();
		}
		rest();
	}
	await(n);
}

/* Keeps n children alive whatever is done to them. */
static void
respawner(int n)
{
	int live = 0, total = 0;

	deaf();
	for (;;) {
		for (; live < n; live++) {
			if (fork_or_die() == 0)
				rest();
			if (++total == n)
				ready();
		}
		wait(NULL);
		live--;
	}
}

/* n processes that fork and leave, for ever. */
static void
hoppers(int n)
{
	struct timespec ms = { 0, 1000000 };
	int i;

	deaf();
	for (i = 0; i < n; i++) {
		if (fork_or_die() != 0)
			continue;
		stand();
		for (;;) {
			if (fork_or_die() != 0)
				_exit(0);
			nanosleep(&ms, NULL);
		}
	}
	await(n);
}

static void *
fork_in_thread(void *arg)
{
	(void)arg;
	if (fork_or_die() == 0) {
		stand();
		rest();
	}
	await(1);
	rest();
}

/* The first thread leaves, another one lives and has a child. */
static void
threads(void)
{
	pthread_t thread;

	deaf();
	if (pthread_create(&thread, NULL, fork_in_thread, NULL) != 0)
		_exit(1);
	pthread_exit(NULL);
}

/* Installed setuid root: out of the reach of other users. */
static void
privileged(void)
{
	if (fork_or_die() == 0) {
		if (setuid(0) != 0)
			_exit(1);
		stand();
		rest();
	}
	await(1);
}

/* Every process forks as fast as it can, until n have been made. */
static void
bomb(int n)
{
	struct timespec pause = { 0, 20000000 };
	int *live = mmap(NULL, sizeof(*live), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	deaf();
	signal(SIGCHLD, SIG_IGN); /* nobody reaps, nobody waits */
	for (;;) {
		if (__atomic_add_fetch(live, 1, __ATOMIC_SEQ_CST) > n) {
			__atomic_sub_fetch(live, 1, __ATOMIC_SEQ_CST);
			if (getpid() == getsid(0)) /* the main process */
				break;
			nanosleep(&pause, NULL);
			continue;
		}
		if (fork() == -1)
			__atomic_sub_fetch(live, 1, __ATOMIC_SEQ_CST);
	}
	ready();
	rest();
}

/* n processes in a stop of ptrace(2), each by a sibling of its own. */
static void
traced(int n)
{
	int i, status;
	pid_t tracee;

	deaf();
	for (i = 0; i < n; i++) {
		tracee = fork_or_die();
		if (tracee == 0) {
			/* where only parents may trace */
			prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
			rest();
		}
		if (fork_or_die() != 0)
			continue;
		while (ptrace(PTRACE_ATTACH, tracee, NULL, NULL) != 0)
			usleep(1000); /* it may not have come that far */
		if (waitpid(tracee, &status, __WALL) != tracee)
			_exit(1);
		stand();
		rest();
	}
	await(n);
}

/* n parents that wait for a child of vfork(2), in state D. */
static void
vforkers(int n)
{
	int i;

	deaf();
	for (i = 0; i < n; i++) {
		if (fork_or_die() != 0)
			continue;
		if (vfork() == 0) {
			stand();
			for (;;)
				pause();
		}
		_exit(1);
	}
	await(n);
}

/* Closes what it has, and is not done. */
static void
closed(void)
{
	ready();
	close(0);
	close(1);
	close(2);
	usleep(700000);
	_exit(5);
}

int
main(int argc, char *argv[])
{
	const char *kind = argc > 1 ? argv[1] : "";
	int n = argc > 2 ? atoi(argv[2]) : 1;

	if (pipe2(pipe_fds, O_CLOEXEC) != 0)
		return 1;
	if (strcmp(kind, "daemons") == 0)
		daemons(n);
	else if (strcmp(kind, "left") == 0)
		return daemons(n), 3;
	else if (strcmp(kind, "ignorers") == 0)
		ignorers(n);
	else if (strcmp(kind, "stopped") == 0)
		stopped(n);
	else if (strcmp(kind, "chain") == 0)
		chain(n);
	else if (strcmp(kind, "subreapers") == 0)
		subreapers(n);
	else if (strcmp(kind, "respawner") == 0)
		respawner(n);
	else if (strcmp(kind, "hoppers") == 0)
		hoppers(n);
	else if (strcmp(kind, "threads") == 0)
		threads();
	else if (strcmp(kind, "bomb") == 0)
		bomb(n);
	else if (strcmp(kind, "traced") == 0)
		traced(n);
	else if (strcmp(kind, "vforkers") == 0)
		vforkers(n);
	else if (strcmp(kind, "closed") == 0)
		closed();
	else if (strcmp(kind, "privileged") == 0)
		privileged();
	else
		return 2;
	rest();
}
