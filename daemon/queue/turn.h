/*
 * Whose turn it is: for each task in the queue whether
 * it may start now or what it waits for.  Nothing is kept: all of it follows
 * from the live tasks.
 */
#ifndef DAEMON_QUEUE_TURN_H
#define DAEMON_QUEUE_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct task;

enum turn_reason {
	TURN_NOW,     /* it may start */
	TURN_UNSURE,  /* it could not be seen yet whether it runs */
	TURN_LEAVING, /* the machine is being shut down */
	TURN_HELD,    /* until it is released, or, since a reboot, wanted */
	TURN_DRAINED, /* nothing more is started, until somebody says so */
	TURN_GROUP_DRAINED, /* nothing more of its group */
	TURN_RETRY,         /* the API refused it: it is tried again later */
	TURN_USAGE,         /* its account has used up a window */
	TURN_CONFIG,        /* the configuration is not sound */
	TURN_STOPPED,       /* the run that it goes on from was stopped */
	TURN_AFTER,         /* a task in its `after` has not completed yet */
	TURN_BROKEN,        /* one of those never will: it cannot start */
	TURN_BUDGET,        /* the budget of its group is spent: the same */
	TURN_GROUP,         /* its group's max_parallel is reached */
	TURN_PLACE,         /* all places of its kind are taken */
	TURN_DAY,           /* the budget of the day is spent */
	TURN_LAUNCH,        /* too many agents were launched just now */
	TURN_MEMORY,        /* too little memory is free */
	TURN_LIMITS,        /* it cannot be limited as it must be */
	TURN_KEEPER,  /* its keepers died before they began: again later */
	TURN_STALLED, /* nothing can be started just now */
};

/* "place" */
const char *turn_reason_name(enum turn_reason reason);

struct turn {
	enum turn_reason reason;
	int64_t again_ms; /* when to look again, if nobody tells; or 0 */
	int64_t again_at; /* the same by the wall clock, ms; or 0 */
	bool waits_for;   /* the text is what it waits for: "t3" */
	char text[240];   /* else a sentence: why it does not start */
};

/* Whether one more of a kind may run. */
bool turn_has_place(bool agents);
/* What a queued task waits for. */
void turn_look(const struct task *task, struct turn *turn);
/*
 * The same for the queue: the task remembers which of its `after` have
 * completed.
 */
void turn_take(struct task *task, struct turn *turn);
/*
 * Sets a task that waits for others, for its group, for somebody who lets it go
 * or for limits that can be held aside, until that may be over.  False: it waits
 * for something else.
 */
bool turn_set_aside(struct task *task, enum turn_reason reason);

/* The most that may run of a kind. */
size_t turn_places(bool agents);

#endif
