/*
 * The floor under a start: the files of N tasks as ccproc keeps them, synced in
 * one batch as it promises, and N programs; no daemon, no protocol.
 *
 *	floor FOLDER N ROUNDS [nosync]
 *
 * Prints the milliseconds of each round until everything would be told as
 * accepted, and until the programs have ended and that would be told.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MAX 1000
#define SPEC_BYTES 700
#define ENV_BYTES 3000
#define EXIT_BYTES 900

extern char **environ;

static bool syncs = true;
static char bytes[ENV_BYTES];
static int fds[4 * MAX];
static size_t n_fds;

static void
need(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Writes a new file and keeps it open for the batch. */
static void
put(int dir, const char *name, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL, 0600);

	need(fd != -1 && write(fd, bytes, len) == (ssize_t)len, name);
	if (syncs)
		sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	fds[n_fds++] = fd;
}

static void
sync_batch(int day, const int *tasks, int n)
{
	int i;

	while (n_fds > 0) {
		n_fds--;
		need(!syncs || fdatasync(fds[n_fds]) == 0, "fdatasync");
		close(fds[n_fds]);
	}
	for (i = 0; syncs && i < n; i++)
		need(fsync(tasks[i]) == 0, "fsync");
	need(!syncs || fsync(day) == 0, "fsync");
}

static void
one_round(int day, int n, int round)
{
	static char *argv[] = { (char *)"true", NULL };
	double begin = now_ms(), accepted;
	char dot[40], name[40];
	int i, tasks[MAX], status;
	pid_t pid;

	for (i = 0; i < n; i++) {
		snprintf(dot, sizeof(dot), ".%d-%d", round, i);
		snprintf(name, sizeof(name), "%d-%d", round, i);
		need(mkdirat(day, dot, 0700) == 0, dot);
		tasks[i] = openat(day, dot, O_RDONLY | O_DIRECTORY);
		put(tasks[i], "spec.json", SPEC_BYTES);
		put(tasks[i], "env", ENV_BYTES);
		need(renameat(day, dot, day, name) == 0, name);
	}
	/* they run meanwhile */
	for (i = 0; i < n; i++)
		need(posix_spawnp(&pid, "true", NULL, NULL, argv, environ) == 0,
		    "true");
	sync_batch(day, tasks, n);
	accepted = now_ms();
	for (i = 0; i < n; i++) {
		need(wait(&status) > 0, "wait");
		put(tasks[i], "exit.tmp", EXIT_BYTES);
		need(renameat(tasks[i], "exit.tmp", tasks[i], "exit.json") == 0,
		    "exit.json");
	}
	sync_batch(day, tasks, n);
	printf("%.3f %.3f\n", accepted - begin, now_ms() - begin);
	for (i = 0; i < n; i++)
		close(tasks[i]);
}

int
main(int argc, char **argv)
{
	int i, n, day;

	need(argc >= 4, "usage: floor FOLDER N ROUNDS [nosync]");
	n = atoi(argv[2]);
	need(n > 0 && n <= MAX, "N");
	syncs = argc == 4;
	need(mkdir(argv[1], 0700) == 0, argv[1]);
	day = open(argv[1], O_RDONLY | O_DIRECTORY);
	need(day != -1, argv[1]);
	for (i = 0; i < atoi(argv[3]); i++)
		one_round(day, n, i);
	return 0;
}
