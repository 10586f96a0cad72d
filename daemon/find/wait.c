/*
 * Waits.  See wait.h.  A wait observes its tasks, so what it does at its end
 * never runs in the middle of a change.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "common/mem.h"
#include "daemon/find/observer.h"
#include "daemon/find/wait.h"
#include "daemon/os/loop.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"

struct wait {
	struct wait_spec spec;
	struct observer *observer;
	/*
	 * Tasks that are not waited for: they had ended and been seen before,
	 * or, when the start is waited for, had none before them then.
	 */
	bool *passed;
	struct event *expiry;
	struct event *notice;
};

/* Whether the tasks themselves are what is waited for. */
static bool
tasks_satisfy(const struct wait *wait)
{
	struct task *const *tasks;
	size_t i, n, ended = 0;

	tasks = observer_tasks(wait->observer, &n);
	for (i = 0; i < n; i++) {
		if (wait->spec.until == WAIT_STARTED && !wait->passed[i] &&
		    task_starting(tasks[i]))
			return false;
		if (!record_ended(task_record(tasks[i])))
			continue;
		ended++;
		if (wait->spec.until == WAIT_ANY && !wait->passed[i])
			return true;
	}
	return wait->spec.until == WAIT_STARTED || ended == n;
}

static bool
satisfied(const struct wait *wait)
{
	return tasks_satisfy(wait) ||
	    (wait->spec.enough != NULL &&
		wait->spec.enough(wait, wait->spec.arg));
}

static void
complete(struct wait *wait)
{
	wait->spec.done(wait, wait->spec.arg);
	wait_free(wait);
}

static void
look(void *arg)
{
	if (satisfied(arg))
		complete(arg);
}

static void
on_expiry(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	complete(arg);
}

static void
on_notice(int fd, short what, void *arg)
{
	struct wait *wait = arg;

	(void)fd;
	(void)what;
	loop_timer_start(wait->notice, wait->spec.notice_ms);
	wait->spec.notice(wait, wait->spec.arg);
}

void
wait_look(struct wait *wait)
{
	observer_look(wait->observer);
}

struct wait *
wait_new(struct task *const *tasks, size_t n, const struct wait_spec *spec)
{
	struct wait *wait = xcalloc(1, sizeof(*wait));
	size_t i;

	wait->spec = *spec;
	wait->observer = observer_new("wait", tasks, n, look, wait);
	wait->passed = xcalloc(n + 1, sizeof(*wait->passed));
	for (i = 0; i < n; i++)
		wait->passed[i] = spec->until == WAIT_STARTED ?
		    !task_starting(tasks[i]) :
		    record_seen_before(task_record(tasks[i]), spec->since);
	wait->expiry = loop_timer_new(on_expiry, wait);
	wait->notice = loop_timer_new(on_notice, wait);
	wait_look(wait);
	loop_timer_start(wait->expiry, spec->timeout_ms);
	if (spec->notice_ms > 0)
		loop_timer_start(wait->notice, spec->notice_ms);
	return wait;
}

void
wait_free(struct wait *wait)
{
	if (wait == NULL)
		return;
	observer_free(wait->observer);
	event_free(wait->expiry);
	event_free(wait->notice);
	free(wait->passed);
	free(wait);
}

struct task *const *
wait_tasks(const struct wait *wait, size_t *n)
{
	return observer_tasks(wait->observer, n);
}
