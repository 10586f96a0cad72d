/*
 * Where a process is: inside of a task or not, by its ancestors.
 */
#ifndef DAEMON_TASK_WHEREABOUTS_H
#define DAEMON_TASK_WHEREABOUTS_H

#include <stdint.h>
#include <sys/types.h>

/* Nothing is a right before it is known where somebody is. */
enum where {
	WHERE_UNKNOWN, /* it cannot be looked at: nobody */
	WHERE_UNSURE, /* outside, or left by a task whose keeper was killed, and
			  is being ended; it can be told later */
	WHERE_INSIDE, /* of a task, of ours or of another daemon */
	WHERE_OUTSIDE, /* none of its ancestors is a keeper */
};

/*
 * Looks at a process; inside of a task whose keeper is an ancestor of it,
 * *number is the nearest such task: a live one, or one on whose behalf we look
 * at its files; else 0.
 */
enum where whereabouts(pid_t pid, uint64_t *number);

#endif
