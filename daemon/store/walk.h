/*
 * All tasks on disk, newest first.  Nothing is kept in memory: the names
 * on disk are the index.
 */
#ifndef DAEMON_STORE_WALK_H
#define DAEMON_STORE_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct store_name;

/*
 * Calls fn for every task on disk, newest first, until it returns false.
 * Tombstones are passed over.
 */
void store_each(bool (*fn)(const struct store_name *name, void *arg),
    void *arg);
/* Calls fn for tombstones, too. */
void store_each_name(bool (*fn)(const struct store_name *name, void *arg),
    void *arg);
/* Finds a task, or its tombstone; false: there never was such a task. */
bool store_find(uint64_t number, const char *uuid, struct store_name *name);

#endif
