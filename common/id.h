/*
 * Names of tasks and groups, by their numbers: "t7" and "g7" for people and
 * models, "t7-UUID" for processes of the task, "7-UUID" on disk.
 */
#ifndef COMMON_ID_H
#define COMMON_ID_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

/* For printf: a number; or a number and a UUID. */
#define TASK_ID "t%" PRIu64
#define GROUP_ID "g%" PRIu64
#define ENTRY_NAME "%" PRIu64 "-%s"
#define TASK_NAME "t" ENTRY_NAME

/* The number in "t7", "g7" or "t7-UUID"; 0: it is none of these. */
uint64_t id_number(const char *id);

/* Whether it looks like "t7-UUID"; then it may go into JSON as it is. */
bool id_is_task_name(const char *id);

#endif
