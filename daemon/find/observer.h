/*
 * An observer is told, from the loop, that any of its tasks has changed: once
 * for all changes of a turn.
 */
#ifndef DAEMON_FIND_OBSERVER_H
#define DAEMON_FIND_OBSERVER_H

#include <stddef.h>

struct observer;
struct task;

/*
 * The name, a literal, tells who observes.  Takes references to n tasks.
 * Changed may free the observer.
 */
struct observer *observer_new(const char *name, struct task *const *tasks,
    size_t n, void (*changed)(void *arg), void *arg);
void observer_free(struct observer *observer);

/* Has changed called soon, as if one of them had changed. */
void observer_look(struct observer *observer);
/* The tasks, borrowed. */
struct task *const *observer_tasks(const struct observer *observer, size_t *n);

#endif
