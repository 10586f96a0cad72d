/*
 * Observers of tasks.  See observer.h.  A change only schedules the callback, so
 * that it never runs in the middle of what changes a task.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "common/mem.h"
#include "daemon/find/observer.h"
#include "daemon/os/loop.h"
#include "daemon/task/task.h"

struct member {
	struct watcher watcher; /* first: heard() gets this one */
	struct observer *observer;
};

struct observer {
	struct task **tasks;
	struct member *members;
	size_t n;
	struct event *soon;
	void (*changed)(void *arg);
	void *arg;
};

static void
on_soon(int fd, short what, void *arg)
{
	struct observer *observer = arg;

	(void)fd;
	(void)what;
	observer->changed(observer->arg);
}

static void
heard(struct watcher *watcher, struct task *task, unsigned news)
{
	const struct member *member = (const struct member *)watcher;

	(void)task;
	(void)news;
	observer_look(member->observer);
}

/* Tasks that have ended are watched, too: a reply makes them live again. */
static void
watch(struct observer *observer, size_t i, const char *name)
{
	struct member *member = &observer->members[i];

	member->observer = observer;
	member->watcher.name = name;
	member->watcher.wants = TASK_ANY &
	    ~(TASK_ENTERED(TASK_SUMMING_UP) | TASK_SEEN);
	member->watcher.changed = heard;
	task_watch(observer->tasks[i], &member->watcher);
}

struct observer *
observer_new(const char *name, struct task *const *tasks, size_t n,
    void (*changed)(void *arg), void *arg)
{
	struct observer *observer = xcalloc(1, sizeof(*observer));
	size_t i;

	observer->tasks = xcalloc(n + 1, sizeof(*observer->tasks));
	observer->members = xcalloc(n + 1, sizeof(*observer->members));
	observer->n = n;
	observer->soon = loop_timer_new(on_soon, observer);
	observer->changed = changed;
	observer->arg = arg;
	for (i = 0; i < n; i++) {
		observer->tasks[i] = task_ref(tasks[i]);
		watch(observer, i, name);
	}
	return observer;
}

void
observer_free(struct observer *observer)
{
	size_t i;

	if (observer == NULL)
		return;
	for (i = 0; i < observer->n; i++) {
		task_unwatch(&observer->members[i].watcher);
		task_unref(observer->tasks[i]);
	}
	event_free(observer->soon);
	free(observer->members);
	free(observer->tasks);
	free(observer);
}

void
observer_look(struct observer *observer)
{
	loop_timer_start(observer->soon, 0);
}

struct task *const *
observer_tasks(const struct observer *observer, size_t *n)
{
	*n = observer->n;
	return observer->tasks;
}
