/*
 * Inside of tasks: what task.c (the list), task_end.c (their end) and
 * task_run.c (their life before it) share.
 */
#ifndef DAEMON_TASK_PARTS_H
#define DAEMON_TASK_PARTS_H

#include "daemon/record/record.h"
#include "daemon/task/task.h"

struct questions;
struct event;
struct process;
struct worktree_look;

struct task {
	TAILQ_ENTRY(task) entry;
	unsigned refs;
	bool live;
	struct record rec;
	struct process *keeper;
	bool unsure; /* what became of it could not be seen, until `again` */
	struct event *again;  /* to look once more after a passing error */
	struct event *status; /* the keeper's pipe, until the program runs */
	int tries;            /* of a keeper that ended before its claim */
	int orphan_tries;     /* of one that was to end orphans */
	bool stopping;        /* its keeper was told, with stop_value */
	int stop_value;
	struct questions *questions; /* its questions; NULL: not looked for */
	struct worktree_look *look;  /* at its worktree, between end and end */
	bool looked;                 /* that is over */
	bool end_recorded;           /* what task_end was told meanwhile */
	uint64_t met; /* which of what it waits for completed, as bits */
	LIST_HEAD(, watcher) watchers;
};

/* task.c */

/* Returns an empty task with one reference. */
struct task *task_new(void);
/* Puts the task at the end of the live ones; takes the reference. */
void task_enlist(struct task *task);
/* Gives that reference back. */
void task_delist(struct task *task);
/* Tells the watchers, who may unwatch meanwhile. */
void task_tell(struct task *task);

/* task_end.c */

/* The pipe on which the keeper says that the program runs. */
void task_close_status(struct task *task);
void task_release_keeper(struct task *task);
/*
 * The result is read once, kept beside the exit record, and its cost noted.
 * -1: it cannot be read just now.
 */
int task_take_result(struct task *task);
/* Its exit record was read; recorded: it is on disk for good. */
void task_end(struct task *task, bool recorded);
/*
 * Ends it with a terminal record of the daemon's own; one that cannot be
 * written is logged.  -1: a keeper has the claim, or had it until now.
 */
int task_finish(struct task *task, enum stop_reason stop_reason,
    const char *note);
/* Tells the queue that something may start. */
void task_slot_free(void);
/* It is lost, and there is nowhere to write that. */
void task_end_without_record(struct task *task, const char *note);
int task_cancel_queued(struct task *task, struct error *err);

/* task_runs.c */

/*
 * A run has ended and is recorded: makes the task what its next run is,
 * queued, and tells of it; false: there is none.
 */
bool task_next_run(struct task *task);
/* Fills in what is asked of one more run; a retry asks for what rec did. */
void task_fill_run(struct run *run, const struct record *rec, bool retry,
    const char *uuid);
/*
 * Makes the task what its next run is, queued, or, where no descriptor is
 * left just now, will do so: until then it counts as running.
 * False with err: there is none.
 */
bool task_advance(struct task *task, struct error *err);
/* Whether the run before it was stopped when this one waited already. */
bool task_superseded(const struct record *rec);

/* task_run.c */

/* Finds out what became of a live task without a keeper of ours. */
void task_examine(struct task *task);
/* The same in a second, when something that is needed can be read again. */
void task_look_later(struct task *task);

#endif
