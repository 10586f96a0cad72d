/*
 * Tasks by their numbers, live or on disk; lists of tasks.
 */
#ifndef DAEMON_TASK_LOOKUP_H
#define DAEMON_TASK_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct task;

/* References to tasks, each once; zeroed, then filled, then cleared. */
struct task_list {
	struct task **tasks;
	size_t n, size;
};

/* Adds a reference to a task that is not there yet. */
void task_list_append(struct task_list *list, struct task *task);
/* The same, if it is not there yet: for lists of what was named. */
void task_list_add(struct task_list *list, struct task *task);
void task_list_clear(struct task_list *list);

/*
 * Returns the task with this number; NULL with err, which is ERR_NOT_FOUND
 * only if it has been looked for.
 */
struct task *lookup_number(uint64_t number, struct error *err);
/* The same of what stands for it now: itself, or what has replaced it. */
struct task *lookup_current(uint64_t number, struct error *err);
/* Returns the only task whose UUID begins so; NULL: none, or several. */
struct task *lookup_uuid(const char *prefix);
/*
 * Adds what there is of the group whose first task has that number; tasks that
 * are damaged are passed over.  -1: there may be more, which cannot be read now.
 */
int lookup_group(uint64_t first, struct task_list *list, struct error *err);
/* Whether these are all there is of one group. */
bool lookup_is_group(struct task *const *tasks, size_t n);

#endif
