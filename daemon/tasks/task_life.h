/*
 * Inside of tasks: what creating and adopting need of task.c.
 */
#ifndef DAEMON_TASKS_TASK_LIFE_H
#define DAEMON_TASKS_TASK_LIFE_H

struct record;
struct task;

/* Returns an empty task with one reference. */
struct task *task_new(void);
struct record *task_record_edit(struct task *task);

/* Puts the task at the end of the live ones; takes the reference. */
void task_enlist(struct task *task);

/* Finds out what became of a live task without a keeper of ours. */
void task_examine(struct task *task);

#endif
