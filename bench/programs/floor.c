/*
 * The floors under starts: the same programs started, and the same files
 * written and synced, by nobody who could be asked; no daemon, no protocol.
 *
 *	floor batch FOLDER N [nosync]	N tasks as one call starts them: the
 *					milliseconds until all could be told as
 *					accepted, and until all as ended
 *	floor many SHIM N AT_ONCE [FOLDER [sync]]
 *					N programs, so many at once, each below
 *					a SHIM in place of a keeper: how many
 *					in a second; FOLDER gets their files
 *	floor first SHIM N FOLDER STAMP	microseconds from the decision to start
 *					STAMP below a SHIM to its first
 *					instruction
 *	floor kill N			N processes of one group killed and
 *					reaped: milliseconds
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
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

static char *shim;
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

static pid_t
spawn(char **argv)
{
	pid_t pid;

	need(posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ) == 0,
	    argv[0]);
	return pid;
}

static int
open_folder(const char *path)
{
	int fd;

	need(mkdir(path, 0700) == 0, path);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	need(fd != -1, path);
	return fd;
}

/* Writes a new file and keeps it open for the batch. */
static void
put(int dir, const char *name, size_t len)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
	    0600);

	need(fd != -1 && write(fd, bytes, len) == (ssize_t)len, name);
	if (syncs)
		sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	fds[n_fds++] = fd;
}

/* A task's folder as its acceptance leaves it. */
static int
accept_task(int day, int number)
{
	char dot[20], name[20];
	int dir;

	snprintf(dot, sizeof(dot), ".%d", number);
	snprintf(name, sizeof(name), "%d", number);
	need(mkdirat(day, dot, 0700) == 0, dot);
	dir = openat(day, dot, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	put(dir, "spec.json", SPEC_BYTES);
	put(dir, "env", ENV_BYTES);
	need(renameat(day, dot, day, name) == 0, name);
	return dir;
}

static void
end_task(int dir)
{
	put(dir, "exit.tmp", EXIT_BYTES);
	need(renameat(dir, "exit.tmp", dir, "exit.json") == 0, "exit.json");
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
batch(int day, int n)
{
	static char *argv[] = { (char *)"true", NULL };
	static int tasks[MAX];
	double begin = now_ms(), accepted;
	int i, status;

	for (i = 0; i < n; i++)
		tasks[i] = accept_task(day, i);
	for (i = 0; i < n; i++)
		spawn(argv); /* they run while their files are synced */
	sync_batch(day, tasks, n);
	accepted = now_ms();
	for (i = 0; i < n; i++) {
		need(wait(&status) > 0, "wait");
		end_task(tasks[i]);
	}
	sync_batch(day, tasks, n);
	printf("%.3f %.3f\n", accepted - begin, now_ms() - begin);
}

/* One place of the loop: a keeper and its program, with or without files. */
static void
one_of_many(int day, int number, int *dir)
{
	char *argv[] = { shim, (char *)"true", NULL };

	if (day != -1) {
		*dir = accept_task(day, number);
		sync_batch(day, dir, 1);
	}
	spawn(argv);
}

static void
many(int n, int most, int day)
{
	double begin = now_ms();
	int *dirs = calloc((size_t)n, sizeof(*dirs));
	int started = 0, ended = 0, status;

	need(dirs != NULL, "calloc");
	while (ended < n) {
		while (started < n && started - ended < most) {
			one_of_many(day, started, &dirs[started]);
			started++;
		}
		need(wait(&status) > 0, "wait");
		if (day != -1) {
			end_task(dirs[ended]);
			sync_batch(day, &dirs[ended], 1);
			close(dirs[ended]);
		}
		ended++;
	}
	printf("%.1f\n", n / (now_ms() - begin) * 1e3);
	free(dirs);
}

static void
first(int n, int dir, char *stamp)
{
	char *argv[] = { shim, stamp, (char *)"out", NULL };
	char said[40];
	double begin;
	int i, fd, status;
	ssize_t len;

	for (i = 0; i < n; i++) {
		begin = now_ms();
		need(fchdir(dir) == 0, "fchdir");
		spawn(argv);
		need(wait(&status) > 0 && status == 0, "wait");
		fd = openat(dir, "out", O_RDONLY | O_CLOEXEC);
		len = read(fd, said, sizeof(said) - 1);
		need(len > 6, "a stamp");
		said[len] = '\0';
		close(fd);
		printf("%.3f\n", strtod(said + 6, NULL) / 1e3 - begin * 1e3);
	}
}

static void
kill_group(int n)
{
	char *argv[] = { (char *)"sleep", (char *)"1000", NULL };
	posix_spawnattr_t attributes;
	double begin;
	pid_t leader = 0, pid;
	int i, status;

	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
	for (i = 0; i < n; i++) {
		posix_spawnattr_setpgroup(&attributes, leader);
		need(posix_spawnp(&pid, argv[0], NULL, &attributes, argv,
			 environ) == 0,
		    argv[0]);
		if (i == 0)
			leader = pid;
	}
	begin = now_ms();
	kill(-leader, SIGKILL);
	for (i = 0; i < n; i++)
		need(wait(&status) > 0, "wait");
	printf("%.3f\n", now_ms() - begin);
}

int
main(int argc, char **argv)
{
	const char *what = argc > 2 ? argv[1] : "";
	int n;

	shim = argv[argc > 2 ? 2 : 0];
	if (argc >= 4 && strcmp(what, "batch") == 0) {
		n = atoi(argv[3]);
		need(n > 0 && n <= MAX, "N");
		syncs = argc == 4;
		batch(open_folder(argv[2]), n);
	} else if (argc >= 5 && strcmp(what, "many") == 0) {
		syncs = argc == 7;
		many(atoi(argv[3]), atoi(argv[4]),
		    argc > 5 ? open_folder(argv[5]) : -1);
	} else if (argc == 6 && strcmp(what, "first") == 0) {
		first(atoi(argv[3]), open_folder(argv[4]), argv[5]);
	} else if (argc == 3 && strcmp(what, "kill") == 0) {
		kill_group(atoi(argv[2]));
	} else {
		fprintf(stderr, "usage: see the head of floor.c\n");
		return 2;
	}
	return 0;
}
