/*
 * Running programs.  See child.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/child.h"
#include "common/mem.h"

#define NOT_RUN 127
#define CHUNK 4096

void
child_read(int fd, struct buf *out)
{
	ssize_t n;

	do {
		buf_reserve(out, CHUNK);
		n = read(fd, out->data + out->len, CHUNK);
		if (n > 0)
			out->len += (size_t)n;
	} while (n > 0 || (n == -1 && errno == EINTR));
	out->data[out->len] = '\0'; /* buf_reserve made room */
}

int
child_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return NOT_RUN;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

pid_t
child_start(char *const *argv, const int fds[3])
{
	pid_t pid;
	int i;

	fflush(stdout); /* in the order of what is said */
	pid = fork();
	if (pid != 0)
		return pid;
	for (i = 0; i < 3; i++)
		if (fds[i] != -1)
			dup2(fds[i], i);
	execv(argv[0], argv);
	_exit(NOT_RUN);
}

int
child_run(char *const *argv, int fd, struct buf *out)
{
	int ends[2] = { -1, -1 }, fds[3] = { -1, -1, -1 };
	pid_t pid;

	if (out != NULL && pipe2(ends, O_CLOEXEC) != 0)
		return NOT_RUN;
	if (out != NULL)
		fds[fd] = ends[1];
	pid = child_start(argv, fds);
	if (out != NULL) {
		close(ends[1]);
		if (pid != -1)
			child_read(ends[0], out);
		close(ends[0]);
	}
	return pid == -1 ? NOT_RUN : child_wait(pid);
}
