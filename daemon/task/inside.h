/*
 * Inside of this room: what a task is made of, for the modules that list
 * tasks, lead them through their life and accept them.
 */
#ifndef DAEMON_TASK_INSIDE_H
#define DAEMON_TASK_INSIDE_H

#include "daemon/record/record.h"
#include "daemon/task/task.h"

struct edge;
struct event;
struct process;
struct worktree_look;

LIST_HEAD(watchers, watcher);
LIST_HEAD(edges_up, edge);
TAILQ_HEAD(edges_down, edge);

/* Which of the lists of live.c it is in, beside that of all. */
enum task_listed { LISTED_NOT, LISTED_QUEUED, LISTED_RUNNING };

struct task {
	/* These are changed in live.c only. */
	TAILQ_ENTRY(task) entry, turn, ready;
	LIST_ENTRY(task) same_bucket, same_label, same_group;
	enum task_listed listed;
	bool agent;   /* its kind, when it was put there */
	bool aside;   /* in the queue, but it waits for others */
	size_t count; /* in the queue: gives its place there */
	struct edges_up waits_for;
	struct edges_down awaited_by;

	struct watchers watchers;
	unsigned refs;
	struct record rec;
	uint64_t met; /* those of spec.after that completed, as bits */

	bool held; /* in the queue since before a reboot: nobody wants it */

	/* The rest is changed in life.c only. */
	enum task_phase phase;
	size_t open_questions;
	struct event *timer;        /* that of its phase */
	struct process *keeper;     /* NULL: it has none, or none of ours */
	struct event *status;       /* the keeper's pipe, while it starts */
	struct worktree_look *look; /* under way while it sums up */
	bool recorded;  /* while it sums up: the exit record is on disk */
	bool unsettled; /* it has ended, but its link in live/ has to stay */
	bool stopping;  /* its keeper was told, or will be, stop_value */
	int stop_value;
	int start_tries;      /* keepers that ended before their claim */
	int64_t start_at;     /* when to try again, time_mono_ms */
	int orphan_tries;     /* keepers that were to end orphans */
	uint64_t replaced_by; /* it does not start: that one may; or 0 */
};

/* Returns a task in no phase yet, with one reference. */
struct task *task_new(void);
/* Puts it among the live ones, who need a reference; or takes it away. */
void task_enlist(struct task *task);
void task_delist(struct task *task);
/* Puts a live one into the list that its state calls for. */
void task_relist(struct task *task);
/* Puts one in the queue to where its priority has it now. */
void task_reorder(struct task *task);
/* Tells all who watch it, who may stop watching meanwhile. */
void task_tell(struct task *task, unsigned news);

#endif
