/*
 * Retention: tasks that ended are deleted when they are too old, too many or
 * too large, as the configuration says; never one that is live, that a task
 * in the queue waits for, or whose outcome nobody has seen in its grace.
 */
#ifndef DAEMON_RETENTION_RETENTION_H
#define DAEMON_RETENTION_RETENTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mem.h"

struct retention;

/* What a pass came to. */
struct retention_sum {
	size_t old, many, large; /* deleted, by the limit they were over */
	int64_t freed;           /* bytes on disk */
	struct buf ids;          /* of the deleted: "t7-t9, t3" */
	size_t unseen, awaited;  /* over a limit, and kept all the same */
	size_t worktrees;        /* the same, as these have changes */
	size_t unread, failed;   /* as damaged; as they could not go */
	size_t tasks;            /* that are left, and their bytes */
	int64_t bytes;
};

/*
 * Looks at all tasks, some in each turn of the loop, and deletes what is to
 * go; with dry_run it only finds out.  Done is called from the loop in the
 * end; the pass is freed behind it.
 */
struct retention *retention_new(bool dry_run,
    void (*done)(const struct retention_sum *sum, void *arg), void *arg);
/* Ends it before that; what it has not deleted stays. */
void retention_free(struct retention *retention);

/* How many tasks a pass deleted, or would. */
size_t retention_removed(const struct retention_sum *sum);

/*
 * From now on there is a pass of its own: soon, on the first end of a task
 * in a new day (UTC), and when so much has ended that a limit is exceeded.
 */
void retention_start(void);
void retention_stop(void);

#endif
