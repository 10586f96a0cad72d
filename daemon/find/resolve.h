/*
 * From what a caller names to tasks: t7, 7, t7-UUID, g7, a label, a group's
 * name, the beginning of a UUID.
 */
#ifndef DAEMON_FIND_RESOLVE_H
#define DAEMON_FIND_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "daemon/store/name.h"
#include "daemon/task/lookup.h"

struct task;

/* Finds all of them, or fails and names every id that means nothing. */
int resolve_ids(char *const *ids, struct task_list *list, struct error *err);

/*
 * The number of the one group that a name means, or g7: a live one before those
 * that have ended, the newest of these; 0: none.  -1 with err: it cannot be
 * looked up now.
 */
int resolve_group(const char *name, uint64_t *group, struct error *err);

/*
 * Whether nobody can have had this name mean another task than its user
 * thinks: it is an id, or no other task has started this one, and no other
 * live one is called so.  False with err.
 */
bool resolve_is_sure(const char *name, const struct task *task,
    struct error *err);

/* Whether each of them means the same tasks whenever it is looked up. */
bool resolve_are_exact(char *const *ids);

/* A walk over the tasks that ids name or, without ids, over all, newest first. */
struct task_walk {
	char *const *ids;
	bool bare;       /* what they could mean instead is not told */
	uint64_t before; /* only numbers below; 0: from the newest */
	size_t max;      /* ends with so many in the list */
	size_t scan;     /* or when so many that have ended were read */
	bool live_first; /* the live ones come first, however old */
	bool (*match)(const struct task *task, void *arg);
	void *arg;
	uint64_t stopped; /* out: the last one looked at; 0: at the end */
	size_t unread;    /* out: how many could not be read */
	char why[400];    /* out: the first of them, and why */
	bool failed;      /* out: there are none, or no more could be read, */
	struct error err; /* out: for this reason */
	/* Where it is. */
	bool began;
	size_t named; /* ids */
	size_t scanned;
	struct store_name at;
};

/*
 * Adds what an id names; or adds a task that matches, or looks at one that does
 * not; false: that was the last.  Each one that has ended is read from disk, so
 * the scan must be bounded, and is long for one turn of the loop.  Damaged ones
 * are counted and passed over; it ends where there is no descriptor left, say,
 * for the next one.  With live_first the list is sorted at the end, newest
 * first.
 */
bool resolve_step(struct task_list *list, struct task_walk *walk);

#endif
