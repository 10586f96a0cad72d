/*
 * Waits.  See wait.h.  A change of a task only schedules a look, so what is
 * done at the end of a wait never runs in the middle of another's change.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/find/wait.h"
#include "daemon/os/loop.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"

struct member {
	struct watcher watcher; /* first: changed() gets this one */
	struct wait *wait;
	bool old_news; /* had ended, and been seen, before the wait */
};

struct wait {
	struct wait_spec spec;
	struct task **tasks;
	struct member *members;
	size_t n;
	int64_t began; /* monotonic */
	struct event *look;
	struct event *expiry;
	struct event *notice;
};

static bool
satisfied(const struct wait *wait)
{
	const struct record *rec;
	size_t i, ended = 0;

	if (wait->spec.enough != NULL &&
	    wait->spec.enough(wait, wait->spec.arg))
		return true;
	for (i = 0; i < wait->n; i++) {
		rec = task_record(wait->tasks[i]);
		if (wait->spec.until == WAIT_STARTED &&
		    task_starting(wait->tasks[i]))
			return false;
		if (!record_ended(rec))
			continue;
		ended++;
		if (wait->spec.until == WAIT_ANY && !wait->members[i].old_news)
			return true;
	}
	return wait->spec.until == WAIT_STARTED || ended == wait->n;
}

static void
complete(struct wait *wait)
{
	wait->spec.done(wait, wait->spec.arg);
	wait_free(wait);
}

static void
on_look(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
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

static void
changed(struct watcher *watcher, struct task *task, unsigned news)
{
	struct member *member = (struct member *)watcher;

	(void)task;
	(void)news;
	wait_look(member->wait);
}

void
wait_look(struct wait *wait)
{
	loop_timer_start(wait->look, 0);
}

struct wait *
wait_new(struct task *const *tasks, size_t n, const struct wait_spec *spec)
{
	struct wait *wait = xcalloc(1, sizeof(*wait));
	size_t i;

	wait->spec = *spec;
	wait->n = n;
	wait->tasks = xcalloc(n + 1, sizeof(*wait->tasks));
	wait->members = xcalloc(n + 1, sizeof(*wait->members));
	wait->began = time_mono_ms();
	for (i = 0; i < n; i++) {
		wait->tasks[i] = task_ref(tasks[i]);
		wait->members[i].wait = wait;
		wait->members[i].old_news =
		    record_seen_before(task_record(tasks[i]), spec->since);
		wait->members[i].watcher.name = "wait";
		wait->members[i].watcher.wants = TASK_ANY &
		    ~TASK_ENTERED(TASK_SUMMING_UP);
		wait->members[i].watcher.changed = changed;
		task_watch(tasks[i], &wait->members[i].watcher);
	}
	wait->look = loop_timer_new(on_look, wait);
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
	size_t i;

	if (wait == NULL)
		return;
	for (i = 0; i < wait->n; i++) {
		task_unwatch(&wait->members[i].watcher);
		task_unref(wait->tasks[i]);
	}
	event_free(wait->look);
	event_free(wait->expiry);
	event_free(wait->notice);
	free(wait->members);
	free(wait->tasks);
	free(wait);
}

struct task *const *
wait_tasks(const struct wait *wait, size_t *n)
{
	*n = wait->n;
	return wait->tasks;
}

int64_t
wait_elapsed_ms(const struct wait *wait)
{
	return time_mono_ms() - wait->began;
}
