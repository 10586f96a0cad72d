/*
 * What the disk and the claim tell of a run that has no keeper of ours: one of
 * a task, or a hook.
 */
#ifndef DAEMON_TASK_STANDING_H
#define DAEMON_TASK_STANDING_H

#include <sys/types.h>

struct error;
struct process;
struct record;

enum standing {
	STANDING_ENDED,     /* its exit record is there, and was read */
	STANDING_KEPT,      /* a keeper holds the claim, which was read */
	STANDING_SWEPT,     /* its keeper was killed, and another one that ends
				 what it has left holds the claim */
	STANDING_UNCLAIMED, /* no keeper ever had it */
	STANDING_UNSTARTABLE, /* nor may one: its files are damaged; err */
	STANDING_COMPLETE,    /* its keeper was killed before the last rename */
	STANDING_ORPHANED,    /* its keeper was killed */
	STANDING_DAMAGED,     /* and the claim tells nothing */
	STANDING_REBOOTED,    /* the machine was restarted while it ran */
	STANDING_NEWER,       /* a later version has written it */
	STANDING_ELSEWHERE,   /* another machine or container has it; err */
	STANDING_REMOVED,     /* its directory is gone; err */
	STANDING_UNSEEN,      /* that cannot be told just now; err */
};

/*
 * Looks in the order that makes each answer sure: the record, the claim, the
 * record once more, what the claim left.  *holder: the keeper's pid.
 */
enum standing standing_of(struct record *rec, pid_t *holder, struct error *err);

/*
 * Watches the keeper that holds the claim, and still does once it is watched:
 * else the process may be another one by now.  NULL with err; its errnum is
 * ESRCH where there is no such keeper any more.
 */
struct process *standing_watch(struct record *rec, pid_t holder,
    void (*gone)(void *arg), void *arg, struct error *err);

/*
 * Takes what a keeper has told of its claim, which is cut; nothing, as earlier
 * ones do: it is read.
 */
void standing_claimed(struct record *rec, char *claim, size_t len);

#endif
