/*
 * What tests of tasks need: a state directory of their own, the loop, the
 * queue, a session; tasks made from JSON; records as keepers leave them.
 */
#ifndef TESTS_UNIT_TASKBOX_H
#define TESTS_UNIT_TASKBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "common/exitrec.h"
#include "daemon/task/task.h"

struct peer;
struct session;
struct task;
struct task_spec;

/* Setup and teardown of a test. */
void taskbox_open(void);
void taskbox_close(void);

struct session *taskbox_session(void);
/* Who has connected: this process, which is outside. */
struct peer *taskbox_peer(void);

/* Fills spec, which was zeroed or is cleared first, from JSON. */
void taskbox_spec(const char *json, struct task_spec *spec);

/* Accepts a task; the caller unrefs.  The queue starts it from the loop. */
struct task *taskbox_task(const char *spec);
/* The same of one that is held in the queue, so that it stays there. */
struct task *taskbox_held(const char *spec);

/* Accepts a task and ends it with that record; as read from disk. */
struct task *taskbox_ended(const char *spec, const struct exitrec *exit);
/* The same with what its program wrote; NULL: no file. */
struct task *taskbox_ended_with(const char *spec, const struct exitrec *exit,
    const char *out, const char *errors);
/*
 * Moves the task to a phase without what belongs to that, and tells of it;
 * one that runs has been taken over.
 */
void taskbox_phase(struct task *task, enum task_phase phase);

/* A record of a program that ran for 1.2 s and exited with that code. */
struct exitrec taskbox_exit(int code);

/* Writes a file into the directory of a task; NULL writes nothing. */
void taskbox_write(const struct task *task, const char *name, const char *text);
/* Whether there is one; its text, which the caller frees. */
bool taskbox_has(const struct task *task, const char *name);
char *taskbox_read(const struct task *task, const char *name);

/* Lets go of the task and returns it as a new daemon would find it. */
struct task *taskbox_reopen(struct task *task);

/* Turns the loop until that holds; fails after ten seconds. */
void taskbox_until(bool (*holds)(void *arg), void *arg);
void taskbox_until_ended(struct task *task);
/* Until its keeper has said that the program runs. */
void taskbox_until_running(struct task *task);

#endif
