/*
 * Inside of this room: the beginnings of a task's life.  See life.c for how
 * it goes on; task.h has what others may do to it.
 */
#ifndef DAEMON_TASK_LIFE_H
#define DAEMON_TASK_LIFE_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct task;

/* The task has been accepted; from now on it is live, and in the queue. */
void life_begin(struct task *task);

/*
 * The task was found among the live ones on disk: finds out what became of
 * it.  Held: it starts when somebody waits for it.
 */
void life_take_over(struct task *task, bool held);

/*
 * Another task was accepted in place of one that is queued, which ends; one that
 * cannot be seen just now as soon as that is known of it.
 */
void life_give_way(struct task *task, uint64_t by);

/*
 * A message for the task has been accepted.  One that had ended is live
 * again, and becomes what its next run is; -1 with err: that cannot be read.
 */
int life_go_on(struct task *task, struct error *err);

#endif
