/*
 * Where a process is: inside of a task or not, by its ancestors.
 */
#ifndef DAEMON_TASK_WHEREABOUTS_H
#define DAEMON_TASK_WHEREABOUTS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

struct process;
struct record;

/* Nothing is a right before it is known where somebody is. */
enum where {
	WHERE_UNKNOWN, /* it cannot be looked at: nobody */
	WHERE_UNSURE, /* outside, or left by a task whose keeper was killed, and
			  is being ended; it can be told later */
	WHERE_INSIDE, /* of a task, of ours or of another daemon */
	WHERE_OUTSIDE, /* none of its ancestors is a keeper */
};

/*
 * A run that is kept and is none of a live task, until it is forgotten: what is
 * below its keeper is inside of the task with that number, or (0) where it
 * would be without that keeper.
 */
struct kept_run {
	LIST_ENTRY(kept_run) entry;
	const struct record *rec; /* its place, and its claim once it is read */
	struct process *keeper;   /* NULL: none now */
	bool orphaned; /* its keeper was killed; what that left may be there */
	uint64_t number;
};
void whereabouts_know(struct kept_run *run);
void whereabouts_forget(struct kept_run *run);

/*
 * Looks at a process; inside of a task whose keeper is an ancestor of it,
 * *number is the nearest such task: a live one, or one on whose behalf we look
 * at its files; else 0.
 */
enum where whereabouts(pid_t pid, uint64_t *number);

#endif
