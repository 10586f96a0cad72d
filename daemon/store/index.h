/*
 * The names of all tasks, remembered, with the tombstones of those that were
 * cleaned up.  The disk has them, and the daemon alone writes there; so they
 * are read from it once, at the first question, and followed from then on.
 * What was never accepted is removed then.  A folder that somebody else has taken away is found
 * out when it is opened; one that somebody has put back is not, before the
 * next daemon.
 */
#ifndef DAEMON_STORE_INDEX_H
#define DAEMON_STORE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uuid/uuid.h>

struct error;
struct store_name;

/*
 * Reads the disk if that was not done yet.  -1: it cannot be done now, for want
 * of a descriptor, say; until it succeeds the functions below find nothing.
 */
int index_know(struct error *err);

/*
 * Does a part of it, which takes less than a millisecond: 1, there is more to
 * do; 0, they are known; -1 as above.
 */
int index_step(struct error *err);

/*
 * Finds the task before that one, by numbers; without a UUID, before all with
 * that number; with number 0, the newest.
 */
bool index_before(struct store_name *name);
/*
 * Calls fn for each task with a number below that (0: each), newest first,
 * until it returns false.  Fn may drop the task that it is called for.
 */
void index_each(uint64_t below,
    bool (*fn)(const struct store_name *name, void *arg), void *arg);
/*
 * Fills in the names of at most max tasks with numbers from and to, lowest
 * first; returns how many there are.
 */
size_t index_range(uint64_t from, uint64_t to, struct store_name *names,
    size_t max);
/* Finds the tombstone with that number; false: there is none, or a task. */
bool index_buried(uint64_t number, struct store_name *name);
/* Finds the only task whose UUID begins so; false: none, or several. */
bool index_prefix(const char *prefix, struct store_name *name);
/* Finds a task or, if there is none, its tombstone. */
bool index_find(uint64_t number, const char *uuid, struct store_name *name);
/*
 * Calls fn for each task and tombstone that has the UUID at i, newest first,
 * until it returns false.
 */
void index_each_uuid(const uuid_t *uuids, size_t n_uuids,
    bool (*fn)(const struct store_name *name, size_t i, void *arg), void *arg);

/* Looks whether a task is there, and drops one that is gone. */
bool index_look(const struct store_name *name);

/* A task has come to tasks/DAY/N-UUID, left it, or left its tombstone. */
void index_add(const char *path);
void index_drop(uint64_t number, const char *uuid);
void index_bury(uint64_t number, const char *uuid);

/* How often one has left, or all were forgotten. */
size_t index_losses(void);
/* The highest number of a task or a tombstone; 0: none is known. */
uint64_t index_highest(void);
/* How many tasks there are with lower numbers; 0: in all. */
size_t index_count(uint64_t below);

/*
 * Tombstones may go that are of days before that one, unless such a day has a
 * task, or none after it has anything.
 */
void index_outlive(const char *before);
/* Finds the next of them, from 0 on; false: there is none. */
bool index_tombstone(size_t *at, struct store_name *name);
/* Forgets them, and calls fn for each of their days. */
void index_drop_days(void (*fn)(const char *day));

/* Reads the disk again when it is asked next; or if tasks/ is another one. */
void index_forget(void);
void index_look_again(void);

#endif
