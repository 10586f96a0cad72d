/*
 * Where a keeper works: in the directory of a task, STATE/tasks/DAY/N-UUID,
 * or in that of a later run or of a hook, which is in there and called run-N,
 * retry-N or hook-EVENT.
 */
#ifndef KEEPER_RUN_DIR_H
#define KEEPER_RUN_DIR_H

#include <stdbool.h>
#include <stddef.h>

/* Longer paths are none of ours. */
#define RUN_DIR_SIZE 4096

/* Whether a directory of this name is that of a later run, or of a hook. */
bool run_dir_is_later(const char *name);
bool run_dir_is_hook(const char *name);

/* The directory of the task; false, and "", when there is none. */
bool run_dir_task(const char *dir, char task[RUN_DIR_SIZE]);

/* The last part of a path; NULL when it has none. */
const char *run_dir_name(const char *path);

#endif
