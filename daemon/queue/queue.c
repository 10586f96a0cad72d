/*
 * The queue.  See queue.h.  It keeps nothing: who waits for what follows
 * from the live tasks (turn.h).
 */

#include <event2/event.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/timefmt.h"
#include "daemon/os/loop.h"
#include "daemon/queue/launches.h"
#include "daemon/queue/queue.h"
#include "daemon/queue/stall.h"
#include "daemon/queue/turn.h"
#include "daemon/record/record.h"
#include "daemon/task/cost.h"
#include "daemon/task/task.h"

/*
 * When the system has no process or descriptor left for a keeper, or there is
 * no keeper just now.
 */
#define RETRY_MS 1000

static struct event *kick;
static struct event *later; /* while a task waits for what nobody tells */
static bool launches_known; /* those of an earlier daemon */

static void
on_kick(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	queue_run();
}

/* A place may be free, or a task want one. */
static void
changed(struct watcher *watcher, struct task *task, unsigned news)
{
	(void)watcher;
	(void)task;
	(void)news;
	queue_kick();
}

static struct watcher watcher = {
	.name = "queue",
	.wants = TASK_ENTERED(TASK_QUEUED) | TASK_ENTERED(TASK_UNRECORDED) |
	    TASK_ENTERED(TASK_ENDED) | TASK_ENTERED(TASK_ELSEWHERE) |
	    TASK_MESSAGE | TASK_RELEASED,
	.changed = changed,
};

void
queue_init(void)
{
	kick = loop_timer_new(on_kick, NULL);
	later = loop_timer_new(on_kick, NULL);
	launches_known = false;
	task_watch_all(&watcher);
}

void
queue_free(void)
{
	task_unwatch(&watcher);
	event_free(kick);
	event_free(later);
	kick = later = NULL;
	launches_forget();
	stall_end();
	cost_forget();
}

void
queue_kick(void)
{
	loop_timer_start(kick, 0);
}

static bool
is_agent(const struct task *task)
{
	return record_is_agent(task_record(task));
}

size_t
queue_running(bool agents)
{
	struct turn_view view;
	size_t n;

	turn_view(&view);
	n = agents ? view.agents : view.n_running - view.agents;
	turn_view_clear(&view);
	return n;
}

void
queue_count(size_t *running, size_t *queued)
{
	struct turn_view view;

	turn_view(&view);
	*running = view.n_running;
	*queued = view.n_queued;
	turn_view_clear(&view);
}

size_t
queue_slots(bool agents)
{
	return turn_places(agents);
}

/* When those that run now were launched, as far as their records tell. */
static void
know_launches(const struct turn_view *view)
{
	int64_t ago, now = time_mono_ms(), wall = time_wall_ms();
	size_t i;

	if (launches_known)
		return;
	for (i = 0; i < view->n_running; i++) {
		if (!is_agent(view->running[i]))
			continue;
		ago = wall - task_record(view->running[i])->exit.started_at;
		launches_note(ago > 0 ? now - ago : now);
	}
	launches_known = true;
}

/* How soon to look again: ms, and 0 is never. */
static void
look_again(int64_t *again_ms, int64_t ms)
{
	if (ms > 0 && (*again_ms == 0 || ms < *again_ms))
		*again_ms = ms;
}

/* False when nothing more can be started now. */
static bool
start(struct task *task)
{
	struct error err;

	if (task_start(task, &err) == 0) {
		stall_end();
		if (is_agent(task))
			launches_note(time_mono_ms());
		return true;
	}
	if (stall_note(err.text))
		log_warnx(TASK_ID ": not started yet: %s",
		    task_record(task)->number, err.text);
	return false;
}

/* The same; again_ms as in look_again. */
static bool
take(struct turn_view *view, struct task *task, int64_t *again_ms)
{
	struct turn turn;

	turn_take(view, task, &turn);
	log_debug(TASK_ID ": turn: %s", task_record(task)->number,
	    turn_reason_name(turn.reason));
	switch (turn.reason) {
	case TURN_NOW:
	case TURN_STALLED: /* who knows before it is tried? */
		if (!start(task)) {
			look_again(again_ms, RETRY_MS);
			return false;
		}
		turn_started(view, task);
		break;
	case TURN_BROKEN:
		task_refuse(task, STOP_DEPENDENCY, turn.text);
		break;
	case TURN_STOPPED:
		task_refuse(task, STOP_USER, turn.text);
		break;
	case TURN_BUDGET:
		task_refuse(task, STOP_BUDGET, turn.text);
		break;
	default:
		look_again(again_ms, turn.again_ms);
		break;
	}
	return true;
}

/*
 * Without a free place only a budget that is spent changes anything, or a
 * stop that was meant for the messages after the run that it ended, too.
 */
static bool
is_to_be_looked_at(const struct turn_view *view, const struct task *task)
{
	const struct record *rec = task_record(task);

	return rec->state == STATE_QUEUED &&
	    (turn_has_place(view, task) || rec->from.max_budget_usd > 0 ||
		rec->run.number > 1);
}

void
queue_run(void)
{
	struct turn_view view;
	int64_t again_ms = 0;
	size_t i;

	turn_view(&view);
	know_launches(&view);
	for (i = 0; i < view.n_queued; i++)
		if (is_to_be_looked_at(&view, view.queued[i]) &&
		    !take(&view, view.queued[i], &again_ms))
			break;
	turn_view_clear(&view);
	if (again_ms > 0)
		loop_timer_start(later, again_ms);
	else
		event_del(later);
}
