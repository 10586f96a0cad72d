/*
 * Names on disk, those of deleted tasks, too: tombstones.
 */
#ifndef DAEMON_STORE_WALK_H
#define DAEMON_STORE_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct store_name;

/*
 * Calls fn for every task and tombstone on disk, newest first, until it
 * returns false.
 */
void store_each_name(bool (*fn)(const struct store_name *name, void *arg),
    void *arg);
/* Finds a task, or its tombstone; false: there never was such a task. */
bool store_find(uint64_t number, const char *uuid, struct store_name *name);

#endif
