/*
 * Names on disk, those of deleted tasks, too: tombstones.
 */
#ifndef DAEMON_STORE_WALK_H
#define DAEMON_STORE_WALK_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct store_name;

/*
 * Calls fn for every task and tombstone on disk, newest first, until it
 * returns false.  -1: not all of them could be seen, so what fn was not called
 * for may be there all the same.
 */
int store_each_name(bool (*fn)(const struct store_name *name, void *arg),
    void *arg, struct error *err);
/*
 * Finds a task, or its tombstone; -1 with err, which is ERR_NOT_FOUND if there
 * never was such a task.
 */
int store_find(uint64_t number, const char *uuid, struct store_name *name,
    struct error *err);

#endif
