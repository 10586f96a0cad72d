/*
 * Tasks.  The live ones (queued or running) are a list in the order of their
 * numbers; a task that has ended is looked up on disk when somebody asks.
 * Tasks are counted references: whoever got one from a function that returns
 * it gives it back with task_unref.
 */
#ifndef DAEMON_TASK_TASK_H
#define DAEMON_TASK_TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "common/keeperctl.h"

struct error;
struct record;
struct session;
struct store_name;
struct task;
struct task_spec;

/* The phases of a task in the hands of this daemon; see life.c. */
enum task_phase {
	TASK_FOUND,    /* as the disk tells, and not held by this daemon */
	TASK_QUEUED,   /* this one and those to UNRECORDED are live */
	TASK_STARTING, /* its keeper was started, its program was not yet */
	TASK_RUNNING,
	TASK_ORPHANED,   /* its keeper was killed; another ends the processes */
	TASK_UNSEEN,     /* what became of it cannot be seen just now */
	TASK_SUMMING_UP, /* its program has ended; worktree, result are read */
	TASK_UNRECORDED, /* it has ended, and the disk refuses the record */
	TASK_ENDED,
	TASK_ELSEWHERE, /* of another machine or a later version */
	TASK_DELETED,
};

/* News of a task, as bits: it has entered a phase; or one of these. */
#define TASK_ENTERED(phase) (1U << (phase))
#define TASK_QUESTIONS (1U << 16)  /* one was asked, answered, has expired */
#define TASK_MESSAGE (1U << 17)    /* a reply waits for its next run */
#define TASK_RELEASED (1U << 18)   /* it is no longer held in the queue */
#define TASK_TAKEN_OVER (1U << 19) /* it ran before this daemon saw it */
#define TASK_PAUSED (1U << 20)     /* it was paused, or goes on */
#define TASK_HELD (1U << 21)       /* it was held in the queue, or let go */
#define TASK_MOVED (1U << 22)      /* it has another place in the queue */
#define TASK_SEEN (1U << 23)       /* somebody was told how it ended */
#define TASK_ANY (~0U)

/* Told of the changes of a task, or of all; see task_watch. */
struct watcher {
	LIST_ENTRY(watcher) entry;
	const char *name; /* of who watches, for those who debug */
	unsigned wants;   /* the news that it is told of */
	void (*changed)(struct watcher *watcher, struct task *task,
	    unsigned news);
	bool watching;
};

/* What start_tasks says beside the specs. */
struct task_group {
	bool grouped;          /* else a task started alone */
	const char *name;      /* or NULL */
	int64_t max_parallel;  /* 0: no limit */
	double max_budget_usd; /* 0: none */
	int64_t notify;        /* enum notify */
	int64_t result_chars;  /* as in the record of each task */
};

/* Fills in the numbers of tasks, and those that NULLs get in task_create. */
void task_number(const struct session *session, uint64_t ordinal,
    struct task *const *tasks, size_t n, uint64_t *numbers);

/*
 * Begins to accept n tasks of session, all or none.  Ordinal is of the request.
 * Tasks will have n references; where there is one already, that task was asked
 * for before (seen_before.h).  What is given stays until the end.  NULL with
 * err: it is refused.
 */
struct creation;
struct creation *task_create_begin(const struct task_spec *const *specs,
    size_t n, const struct task_group *group, const struct session *session,
    uint64_t ordinal, struct task **tasks, struct error *err);
/*
 * Writes one: 1, there are more; 0, all are on disk, and queued; -1 with err:
 * none is.  Nobody may begin another creation before.
 */
int task_create_step(struct creation *creation, struct error *err);
/* After its last step. */
void task_create_end(struct creation *creation);

/* All of that at once. */
int task_create(const struct task_spec *const *specs, size_t n,
    const struct task_group *group, const struct session *session,
    uint64_t ordinal, struct task **tasks, struct error *err);

/* Whether the task is what the session would get if it asked for that. */
bool task_fits(const struct task *task, const struct task_spec *asked,
    const struct session *session);

struct task *task_ref(struct task *task);
void task_unref(struct task *task);
const struct record *task_record(const struct task *task);

enum task_phase task_phase(const struct task *task);
const char *task_phase_name(enum task_phase phase);
bool task_is_live(const struct task *task);
unsigned task_references(const struct task *task);
/* Whether its keeper was started and the program has not begun yet. */
bool task_starting(const struct task *task);
/*
 * Whether a queued task waits until it is released, or, since a reboot, until
 * somebody wants it.
 */
bool task_is_held(const struct task *task);
/* The keeper that has it; 0: none. */
pid_t task_keeper_pid(const struct task *task);
/* The tasks of spec.after that the queue has seen completed, as bits. */
uint64_t task_met(const struct task *task);
void task_set_met(struct task *task, uint64_t met);

/* Live tasks, oldest first: NULL gives the first; borrows. */
struct task *task_next_live(const struct task *task);
/* The same, newest first. */
struct task *task_live_before(const struct task *task);
size_t task_count_live(void);
/* The live task with that number, borrowed; or NULL. */
struct task *task_find_live(uint64_t number);
/* The newest live one with that label, or name of its group. */
struct task *task_find_labelled(const char *label);
struct task *task_find_grouped(const char *name);

/*
 * Those in the queue: higher priority first, then first in, first out.  Those
 * of a kind that are ready are not set aside.
 */
struct task *task_next_queued(const struct task *task);
struct task *task_next_ready(bool agents, const struct task *task);
size_t task_count_queued(void);
bool task_is_before(const struct task *a, const struct task *b);
/* The place among the *of queued ones of its kind, from 1; 0: it is none. */
size_t task_place(const struct task *task, size_t *of);
/*
 * Sets one that is ready aside until one of n others, which are live, has
 * ended, or it is recalled.
 */
void task_set_aside(struct task *task, struct task *const *others, size_t n);
void task_recall(struct task *task);
bool task_is_aside(const struct task *task);

/* Those that run, or are about to; in no order. */
struct task *task_next_running(const struct task *task);
size_t task_count_running(bool agents);

/* Returns the live task or the one on disk; NULL with err. */
struct task *task_open(const struct store_name *name, struct error *err);

/*
 * Return the task as it was in a turn or a run of it: itself, or what is on
 * disk of that.  NULL with err.
 */
struct task *task_at_turn(struct task *task, unsigned turn, struct error *err);
struct task *task_at_run(struct task *task, unsigned n, struct error *err);

/*
 * Calls watcher->changed after each change that it wants to hear of, of the
 * task or of any task; the watcher, with what stands before its last member
 * filled in, stays until task_unwatch.  Those of all tasks are told first.
 */
void task_watch(struct task *task, struct watcher *watcher);
void task_watch_all(struct watcher *watcher);
void task_unwatch(struct watcher *watcher);
/* Who watches the task, by this function; borrows, or NULL. */
struct watcher *task_find_watcher(const struct task *task,
    void (*changed)(struct watcher *watcher, struct task *task, unsigned news));
/* Watchers of the task, or (NULL) of all, in turn; NULL gives the first. */
const struct watcher *task_next_watcher(const struct task *task,
    const struct watcher *watcher);

/* Asks a live task to stop; one in the queue ends at once. */
int task_stop(struct task *task, enum keeper_mode mode, unsigned grace_s,
    struct error *err);

/* Ends a queued task that cannot start: its exit record says why. */
void task_refuse(struct task *task, enum stop_reason stop_reason,
    const char *note);

/* What an agent is told in its next run. */
struct task_message {
	const char *text;
	const char *model; /* instead of the task's; or NULL */
	bool fork;         /* in a copy of the conversation */
	int64_t result_chars;
};

/*
 * Accepts one more run, for when those before it have ended; it is on disk
 * and queued when this returns.  Returns a reference to the live task, which
 * is this one; its record is that of its next run from then on.
 */
struct task *task_reply(struct task *task, const struct task_message *message,
    const struct session *session, uint64_t ordinal, struct error *err);
/*
 * The number of the run that was accepted for this request; 0: none; -1 with
 * err: that cannot be told now.
 */
int task_was_replied(const struct task *task, const struct session *session,
    uint64_t ordinal, struct error *err);

/* Notes that the outcome of a task that ended was delivered. */
void task_mark_seen(struct task *task);

/*
 * For the queue: starts the keeper.  An error means that the system cannot
 * now; the task stays queued.
 */
int task_start(struct task *task, struct error *err);
/* How many ms from now it may be tried again; 0: now. */
int64_t task_start_wait_ms(const struct task *task);

/*
 * Takes over a task that was left by an earlier daemon, which is not live yet;
 * leaves alone what is of a later version.  -1 with err: it cannot be read
 * now.
 */
int task_adopt(const struct store_name *name, struct error *err);

/*
 * For those who follow its questions: how many are open, which makes it need
 * input.  Tells the watchers.
 */
void task_set_open_questions(struct task *task, size_t n);

/*
 * For those who hear that a task has ended, and cannot note at once what they
 * must: its link in live/ stays, so that the next daemon tells them again, until
 * task_settle, which leaves it to a task that has gone on meanwhile.
 */
void task_keep_unsettled(struct task *task);
void task_settle(struct task *task);

/* Deletes the files of a task that has ended. */
int task_delete(struct task *task, struct error *err);

/* Lets go of all live tasks; they go on. */
void task_forget_all(void);

#endif
