/*
 * A pass of retention over all tasks: those that have ended are deleted when
 * they are too old, too many or too large, as the configuration says.  Never
 * deleted is a task that is live, that a task in the queue waits for, or
 * whose outcome nobody has seen yet, while its grace lasts.
 */
#ifndef DAEMON_RETENTION_PASS_H
#define DAEMON_RETENTION_PASS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/mem.h"

struct pass;

/* What a pass has done, or would do. */
struct pass_sum {
	size_t old, many, large; /* deleted, by the limit that was exceeded */
	int64_t freed;           /* bytes on disk */
	struct buf ids;          /* of the deleted: "t7-t9, t3" */
	size_t unseen, awaited;  /* over a limit, and kept all the same */
	size_t worktrees;        /* kept, since their worktrees have changes */
	size_t unread, failed;   /* kept: damaged; not to be deleted */
	size_t tasks;            /* that are left, and their bytes */
	int64_t bytes;
	bool sound; /* the clock was, so age counted */
};

/*
 * Looks at all tasks, some in each turn of the loop, and deletes what is to
 * go; with dry_run it only counts that.  Done is called from the loop at the
 * end, as by a request that has done all of it; the pass is freed after it.
 */
struct pass *pass_new(bool dry_run,
    void (*done)(const struct pass_sum *sum, void *arg), void *arg);
/* Has it told, with the argument of done, after each turn; and of how many. */
void pass_tell(struct pass *pass,
    void (*told)(size_t looked_at, size_t all, void *arg));
/* Ends a pass before its end; what it has not deleted stays. */
void pass_free(struct pass *retention);

/* How many tasks a pass deleted, or would. */
size_t pass_removed(const struct pass_sum *sum);

#endif
