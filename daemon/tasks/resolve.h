/*
 * From what a caller names to tasks: t7, 7, t7-UUID, g7, a label, a group's
 * name, the beginning of a UUID.
 */
#ifndef DAEMON_TASKS_RESOLVE_H
#define DAEMON_TASKS_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct record;
struct task;

/* References to tasks, each once. */
struct task_list {
	struct task **tasks;
	size_t n;
};

/* All or an error that names every id that is none. */
int resolve_ids(char *const *ids, struct task_list *list, struct error *err);

/* The task with this number; NULL with err. */
struct task *resolve_number(uint64_t number, struct error *err);

/*
 * Adds the tasks, newest first, that match; until max of them are there.
 * Looks at most at scan tasks that have ended (0: at all).  Damaged ones
 * are passed over.
 */
void resolve_matching(struct task_list *list, size_t max, size_t scan,
    bool (*match)(const struct task *task, void *arg), void *arg);

/* Adds a reference, if the task is not there yet. */
void task_list_add(struct task_list *list, struct task *task);
void task_list_clear(struct task_list *list);

#endif
