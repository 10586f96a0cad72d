/*
 * All tasks in small steps, with the tombstones: newest day first, newest
 * first in a day.  Names are read a bit at a time.  Leftovers of tasks
 * that were never accepted are removed on the way.
 */
#ifndef DAEMON_STORE_STEPS_H
#define DAEMON_STORE_STEPS_H

#include <stdbool.h>
#include <stddef.h>

struct store_name;
struct store_steps;

enum store_step {
	STEP_NOTHING, /* to tell yet; call again */
	STEP_TASK,
	STEP_TOMBSTONE,
	STEP_DAY_OVER,
	STEP_END,
};

struct store_steps *store_steps_new(void);
void store_steps_free(struct store_steps *steps);
/* Name is filled in for tasks and tombstones. */
enum store_step store_steps_next(struct store_steps *steps,
    struct store_name *name);
/* The name of the day that is walked, and how many tasks it has. */
const char *store_steps_day(const struct store_steps *steps);
size_t store_steps_tasks(const struct store_steps *steps);
/* Why a folder could not be read, so that tasks may be missing: errno, or 0. */
int store_steps_errno(const struct store_steps *steps);
/* Whether the day is the newest that has anything. */
bool store_steps_newest(const struct store_steps *steps);

#endif
