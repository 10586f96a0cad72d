/*
 * Exit statuses: of the command itself, and what a task's end is as one.
 */
#ifndef CLI_STATUS_H
#define CLI_STATUS_H

#include <stdbool.h>

struct task_info;
struct tasks;

enum status {
	STATUS_AGENT = 1, /* an agent that failed in spite of exit code 0 */
	STATUS_USAGE = 2,
	STATUS_TIMEOUT = 124,
	STATUS_OURS = 125, /* ccproc failed, not the task */
	STATUS_NOT_EXECUTABLE = 126,
	STATUS_NOT_FOUND = 127,
	STATUS_SIGNAL = 128, /* plus its number */
	STATUS_CANCELLED = 130,
};

/* Whether it can no longer change. */
bool status_ended(const struct task_info *task);

/* Whether it is the state of a task that failed, timed out or was lost. */
bool status_failed(const char *state);

/*
 * The task's own exit code; 128 and the signal's number; or one of the
 * above.  Of a task that has ended.
 */
int status_of(const struct task_info *task);

/* The first that is not 0, of those that have ended. */
int status_of_all(const struct tasks *tasks);

/* Returns the exit status for a start that the daemon has refused. */
int status_of_refusal(const char *text);

#endif
