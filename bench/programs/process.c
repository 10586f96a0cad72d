/*
 * How long a program takes from its start until it has been reaped.
 *
 *	process N PROGRAM [ARG ...]	the milliseconds of each of N runs, one
 *					after the other; its output is dropped
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static double
now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

int
main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	int i, status, n = argc > 2 ? atoi(argv[1]) : 0;
	double begin;
	pid_t pid;

	if (n <= 0)
		return 2;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	for (i = 0; i < n; i++) {
		begin = now_ms();
		if (posix_spawnp(&pid, argv[2], &actions, NULL, argv + 2,
			environ) != 0 ||
		    waitpid(pid, &status, 0) != pid || status != 0) {
			fprintf(stderr, "%s failed\n", argv[2]);
			return 1;
		}
		printf("%.4f\n", now_ms() - begin);
	}
	return 0;
}
