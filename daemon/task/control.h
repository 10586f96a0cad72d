/*
 * What people do with a task that has not ended, beside stopping it.
 */
#ifndef DAEMON_TASK_CONTROL_H
#define DAEMON_TASK_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include "common/keeperctl.h"

struct error;
struct task;

struct task_order {
	enum keeper_order order;
	int signo;     /* of a signal; else 0 */
	unsigned mark; /* as in keeperctl_order */
	bool again;
};

/*
 * Gives an order to the keeper of a task.  1: it is told; 0: its program is about to start, and it has to be asked again; -1
 * with err.
 */
int task_order(struct task *task, const struct task_order *order,
    struct error *err);

/*
 * Holds a queued task, by somebody, or (NULL) lets it go, also one that is held
 * since a restart of the machine; gives it another priority.  It is on disk
 * when these return: 1, or -1 with err.
 */
int task_hold(struct task *task, const char *by, struct error *err);
int task_move(struct task *task, int64_t priority, struct error *err);

/* Puts a task held after a reboot, and what it is after, into its turn. */
void task_release(struct task *task);

/* Since when a task is paused, by the wall clock in ms; 0: it is not. */
int64_t task_paused_at(const struct task *task);

/* What was asked of it has come about: tells the watchers. */
void task_order_done(struct task *task, const struct task_order *order);

#endif
