/*
 * Ends and questions whose hooks are not accepted yet, because the disk refuses
 * them or the groups are not known: they are looked at again until they are.
 */
#ifndef DAEMON_HOOK_UNDECIDED_H
#define DAEMON_HOOK_UNDECIDED_H

#include <stdbool.h>

struct record;
struct task;

/*
 * Decide accepts the hooks of the end of that run or, for 0, of the questions of
 * the task; -1: it is to be called again.
 */
void undecided_init(int (*decide)(struct task *task, unsigned run));
/* Adds one; the link in live/ of a task that has ended stays meanwhile. */
void undecided_add(struct task *task, unsigned run);
/* Whether an end of the task is among them, of any of its runs. */
bool undecided_has_end(const struct record *rec);
/* Whether another one of its group is live, or among them. */
bool undecided_goes_on(const struct record *rec);
/* They are looked at from now on. */
void undecided_begin(void);
void undecided_clear(void);

#endif
