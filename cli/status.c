/*
 * Exit statuses.  See status.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/status.h"
#include "cli/tasks.h"
#include "common/error.h"
#include "common/exitrec.h"

static bool
is(const char *text, const char *word)
{
	return text != NULL && strcmp(text, word) == 0;
}

bool
status_ended(const struct task_info *task)
{
	return is(task->state, "completed") || is(task->state, "failed") ||
	    is(task->state, "timeout") || is(task->state, "cancelled") ||
	    is(task->state, "lost");
}

bool
status_failed(const char *state)
{
	return is(state, "failed") || is(state, "timeout") || is(state, "lost");
}

/* "SIGKILL", or "signal 40" for one without a name. */
static int
signal_number(const char *text)
{
	const char *name;
	int number;

	if (strncmp(text, "signal ", 7) == 0)
		return atoi(text + 7);
	for (number = 1; number < NSIG; number++) {
		name = sigabbrev_np(number);
		if (name != NULL && strncmp(text, "SIG", 3) == 0 &&
		    strcmp(text + 3, name) == 0)
			return number;
	}
	return 0;
}

/* Why the program did not begin, as a shell tells it. */
static int
status_of_spawn(const struct task_info *task)
{
	struct exitrec rec = { 0 };
	struct error err;
	int dirfd, result;

	dirfd = open(task->output.dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dirfd == -1)
		return STATUS_OURS;
	result = exitrec_read(dirfd, "exit.json", &rec, &err);
	close(dirfd);
	if (result != 0 || strcmp(rec.spawn_stage, "exec") != 0)
		return STATUS_OURS;
	return rec.spawn_errno == ENOENT ? STATUS_NOT_FOUND :
					   STATUS_NOT_EXECUTABLE;
}

static int
status_of_failed(const struct task_info *task)
{
	if (is(task->reason, "spawn_error"))
		return status_of_spawn(task);
	if (task->signal != NULL)
		return STATUS_SIGNAL + signal_number(task->signal);
	if (task->exit_code > 0)
		return (int)task->exit_code;
	return task->exit_code == 0 ? STATUS_AGENT : STATUS_OURS;
}

int
status_of(const struct task_info *task)
{
	if (is(task->state, "completed"))
		return 0;
	if (is(task->state, "failed"))
		return status_of_failed(task);
	if (is(task->state, "timeout"))
		return STATUS_TIMEOUT;
	return is(task->state, "cancelled") ? STATUS_CANCELLED : STATUS_OURS;
}

int
status_of_all(const struct tasks *tasks)
{
	size_t i;
	int status = 0;

	for (i = 0; status == 0 && i < tasks->n; i++)
		if (status_ended(&tasks->info[i]))
			status = status_of(&tasks->info[i]);
	return status;
}

/* The sentences are those of the keeper's probe. */
int
status_of_refusal(const char *text)
{
	const char *program = strstr(text, "program: ");

	if (program == NULL)
		return STATUS_OURS;
	if (strstr(program, " was not found in PATH") != NULL ||
	    strstr(program, " does not exist") != NULL)
		return STATUS_NOT_FOUND;
	return STATUS_NOT_EXECUTABLE;
}
