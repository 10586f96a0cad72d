/*
 * The least that a keeper can be: the parent of a program, whose output goes
 * to a file, if one is named.
 *
 *	shim PROGRAM [FILE]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int
main(int argc, char **argv)
{
	char *program[] = { argv[1], NULL };
	int status, fd;
	pid_t pid;

	if (argc < 2)
		return 2;
	if (argc == 3) {
		fd = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600);
		if (fd == -1 || dup2(fd, 1) != 1)
			return 1;
	}
	if (posix_spawnp(&pid, argv[1], NULL, NULL, program, environ) != 0 ||
	    waitpid(pid, &status, 0) != pid)
		return 1;
	return WEXITSTATUS(status);
}
