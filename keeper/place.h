/*
 * Where a keeper works: in the directory of a task, STATE/tasks/DAY/N-UUID,
 * or in that of a later run, which is in there and called run-N or retry-N.
 */
#ifndef KEEPER_PLACE_H
#define KEEPER_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/* Longer paths are none of ours. */
#define PLACE_SIZE 4096

/* Whether a directory of this name is that of a later run. */
bool place_is_run(const char *name);

/* The directory of the task; false, and "", when there is none. */
bool place_task(const char *dir, char task[PLACE_SIZE]);

/* The last part of a path; NULL when it has none. */
const char *place_name(const char *path);

#endif
