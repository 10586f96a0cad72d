/*
 * What agents have cost: of a group, for its budget, and of a day.  All of it
 * follows from the results of tasks and is kept in memory only as long as
 * nothing has changed.
 */
#ifndef DAEMON_TASK_COST_H
#define DAEMON_TASK_COST_H

#include <stdint.h>

struct record;
struct task_list;

/* US dollars, of all runs of the task that have ended; 0: none is known. */
double cost_of_task(const struct record *rec);
double cost_of_list(const struct task_list *list);
/* The cost of the group that the task belongs to. */
double cost_of_group(const struct record *rec);
/* The cost of all runs that have ended since 0:00 UTC. */
double cost_of_today(void);
/* Time until it may be another day, ms. */
int64_t cost_tomorrow_ms(void);

/* Notes the cost of a run that has ended and whose result was read. */
void cost_note(const struct record *rec);
/* Forgets the totals; they are read again when somebody asks. */
void cost_forget(void);

#endif
