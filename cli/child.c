/*
 * Running programs.  See child.h.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/child.h"
#include "common/mem.h"

#define NOT_RUN 127
#define CHUNK 4096

static void
read_all(int fd, struct buf *out)
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

static int
wait_for(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return NOT_RUN;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int
child_run(char *const *argv, int fd, struct buf *out)
{
	int ends[2] = { -1, -1 };
	pid_t pid;

	if (out != NULL && pipe(ends) != 0)
		return NOT_RUN;
	fflush(stdout); /* in the order of what is said */
	pid = fork();
	if (pid == 0) {
		if (out != NULL) {
			dup2(ends[1], fd);
			close(ends[0]);
			close(ends[1]);
		}
		execv(argv[0], argv);
		_exit(NOT_RUN);
	}
	if (out != NULL) {
		close(ends[1]);
		if (pid != -1)
			read_all(ends[0], out);
		close(ends[0]);
	}
	return pid == -1 ? NOT_RUN : wait_for(pid);
}
