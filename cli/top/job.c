/*
 * Commands of ccproc that keys run.  See job.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/text.h"
#include "cli/top/job.h"
#include "common/mem.h"

/* What it says at the end is of interest. */
#define KEPT_BYTES 16384

struct job {
	pid_t pid; /* 0: it has ended */
	int fd;
	int status;
	struct buf out;
};

/* Without a terminal, in a group of its own: no key of ours is its signal. */
static pid_t
spawn(const char *program, char *const *argv, int out)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t all;
	pid_t pid = 0;

	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null",
	    O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&actions, out, STDERR_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setpgroup(&attr, 0);
	posix_spawnattr_setsigdefault(&attr, &all);
	posix_spawnattr_setflags(&attr,
	    POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
	if (posix_spawn(&pid, program, &actions, &attr, argv, environ) != 0)
		pid = -1;
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return pid;
}

struct job *
job_start(const char *program, char *const *words)
{
	char **argv = strv_add(NULL, "ccproc");
	struct job *job;
	int ends[2];
	pid_t pid = -1;

	for (; *words != NULL; words++)
		argv = strv_add(argv, *words);
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0) {
		pid = spawn(program, argv, ends[1]);
		close(ends[1]);
		if (pid == -1)
			close(ends[0]);
	}
	strv_free(argv);
	if (pid == -1)
		return NULL;
	job = xcalloc(1, sizeof(*job));
	job->pid = pid;
	job->fd = ends[0];
	return job;
}

void
job_free(struct job *job)
{
	if (job == NULL)
		return;
	close(job->fd);
	buf_clear(&job->out);
	free(job);
}

int
job_fd(const struct job *job)
{
	return job->fd;
}

/* Whoever has the pipe may be a daemon that it started: it is not waited for. */
bool
job_read(struct job *job)
{
	char chunk[4096];
	ssize_t n;

	while ((n = read(job->fd, chunk, sizeof(chunk))) > 0) {
		buf_add(&job->out, chunk, (size_t)n);
		if (job->out.len > KEPT_BYTES)
			buf_drop(&job->out, job->out.len - KEPT_BYTES / 2);
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return false;
	while (waitpid(job->pid, &job->status, 0) == -1 && errno == EINTR)
		continue;
	job->pid = 0;
	return true;
}

char *
job_said(const struct job *job)
{
	char *text = xstrdup(job->out.data == NULL ? "" : job->out.data);
	size_t len = strlen(text);
	char *line, *clean;

	while (len > 0 && (unsigned char)text[len - 1] <= ' ')
		text[--len] = '\0';
	line = strrchr(text, '\n');
	clean = text_clean(line == NULL ? text : line + 1, false);
	free(text);
	return clean;
}

bool
job_failed(const struct job *job)
{
	return !WIFEXITED(job->status) || WEXITSTATUS(job->status) != 0;
}
