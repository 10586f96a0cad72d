/*
 * The queue.  See queue.h.  It keeps nothing: who waits for what follows
 * from the live tasks (turn.h).
 */

#include <event2/event.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/timefmt.h"
#include "daemon/os/alarm.h"
#include "daemon/os/loop.h"
#include "daemon/queue/drain.h"
#include "daemon/queue/launches.h"
#include "daemon/queue/leaving.h"
#include "daemon/queue/queue.h"
#include "daemon/queue/stall.h"
#include "daemon/queue/turn.h"
#include "daemon/queue/window.h"
#include "daemon/record/record.h"
#include "daemon/task/cost.h"
#include "daemon/task/task.h"

/*
 * When the system has no process or descriptor left for a keeper, or there is
 * no keeper just now.
 */
#define RETRY_MS 1000

/*
 * How long a look that nobody waits for starts and ends tasks before others
 * have their turn.
 */
#define SLICE_MS 2

static struct event *kick;
static struct event *later; /* while a task waits for what nobody tells */
static struct alarm *at;    /* while one waits for a time of the wall clock */
static bool launches_known; /* those of an earlier daemon */
static bool look_at_all;    /* not only for those that have a place */

static void on_kick(int fd, short what, void *arg);

/*
 * Without a free place only a budget that is spent changes anything, or a
 * stop that was meant for the messages after the run that it ended, too.
 */
static bool
may_end_unstarted(const struct task *task)
{
	const struct record *rec = task_record(task);

	return rec->from.max_budget_usd > 0 || rec->run.number > 1;
}

/* A place may be free, or a task want one. */
static void
changed(struct watcher *watcher, struct task *task, unsigned news)
{
	(void)watcher;
	if (news & TASK_ENTERED(TASK_ENDED)) {
		leaving_note(task_record(task));
		window_note_ended(task_record(task));
	}
	if (news & TASK_ENTERED(TASK_QUEUED))
		window_note_queued(task_record(task));
	look_at_all |= may_end_unstarted(task);
	queue_kick();
}

static struct watcher watcher = {
	.name = "queue",
	.wants = TASK_ENTERED(TASK_QUEUED) | TASK_ENTERED(TASK_UNRECORDED) |
	    TASK_ENTERED(TASK_ENDED) | TASK_ENTERED(TASK_ELSEWHERE) |
	    TASK_MESSAGE | TASK_RELEASED | TASK_HELD | TASK_MOVED,
	.changed = changed,
};

void
queue_init(void)
{
	kick = loop_timer_new(on_kick, NULL);
	later = loop_timer_new(on_kick, NULL);
	at = alarm_new(on_kick, NULL);
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
	alarm_free(at);
	drain_forget();
	launches_forget();
	leaving_forget();
	window_forget();
	stall_end();
	cost_forget();
}

void
queue_kick(void)
{
	loop_timer_start(kick, 0);
}

void
queue_recall(void)
{
	struct task *task = NULL;

	while ((task = task_next_queued(task)) != NULL)
		task_recall(task);
	queue_kick();
}

static bool
is_agent(const struct task *task)
{
	return record_is_agent(task_record(task));
}

size_t
queue_slots(bool agents)
{
	return turn_places(agents);
}

/* When those that run now were launched, as far as their records tell. */
static void
know_launches(void)
{
	int64_t ago, now = time_mono_ms(), wall = time_wall_ms();
	const struct task *task = NULL;

	while (!launches_known && (task = task_next_running(task)) != NULL) {
		if (!is_agent(task))
			continue;
		ago = wall - task_record(task)->exit.started_at;
		launches_note(ago > 0 ? now - ago : now);
	}
	launches_known = true;
}

/* The sooner of two; 0 is never. */
static void
look_again(int64_t *soonest, int64_t when)
{
	if (when > 0 && (*soonest == 0 || when < *soonest))
		*soonest = when;
}

/* False when nothing more can be started now. */
static bool
start(struct task *task)
{
	struct error err;

	if (task_start(task, &err) == 0) {
		stall_end();
		if (is_agent(task)) {
			launches_note(time_mono_ms());
			window_note_started(task_record(task));
		}
		return true;
	}
	if (stall_note(err.text))
		log_warnx(TASK_ID ": not started yet: %s",
		    task_record(task)->number, err.text);
	return false;
}

/*
 * One look at the queue.  Commands and agents have places of their own, and a
 * kind is closed when one of it finds that no other can be started either.
 */
struct pass {
	struct task *next[2]; /* commands, agents */
	bool closed[2];
	bool whole; /* those that end unstarted are looked for, too */
	size_t acts;
	int64_t again_ms; /* as in look_again */
	int64_t again_at; /* the same */
};

static void
take(struct pass *pass, struct task *task)
{
	struct turn turn;

	turn_take(task, &turn);
	log_debug(TASK_ID ": turn: %s", task_record(task)->number,
	    turn_reason_name(turn.reason));
	look_again(&pass->again_ms, turn.again_ms);
	look_again(&pass->again_at, turn.again_at);
	switch (turn.reason) {
	case TURN_NOW:
	case TURN_STALLED: /* who knows before it is tried? */
		pass->acts++;
		if (start(task))
			break;
		look_again(&pass->again_ms, RETRY_MS);
		pass->closed[false] = pass->closed[true] = true;
		break;
	case TURN_BROKEN:
		pass->acts++;
		task_refuse(task, STOP_DEPENDENCY, turn.text);
		break;
	case TURN_STOPPED:
		pass->acts++;
		task_refuse(task, STOP_USER, turn.text);
		break;
	case TURN_BUDGET:
		pass->acts++;
		task_refuse(task, STOP_BUDGET, turn.text);
		break;
	case TURN_CONFIG:
	case TURN_DRAINED:
	case TURN_LEAVING:
		pass->closed[false] = pass->closed[true] = true;
		break;
	case TURN_DAY:
	case TURN_LAUNCH:
	case TURN_MEMORY:
		pass->closed[true] = true;
		break;
	default:
		pass->acts += turn_set_aside(task, turn.reason);
		break;
	}
}

static bool
may_start(const struct pass *pass, bool agents)
{
	return !pass->closed[agents] && turn_has_place(agents);
}

/* The first that has not been looked at; NULL: no more need be. */
static struct task *
next(const struct pass *pass)
{
	struct task *first = NULL, *task;
	int kind;

	for (kind = 0; kind < 2; kind++) {
		task = pass->next[kind];
		if (task != NULL && (pass->whole || may_start(pass, kind)) &&
		    (first == NULL || task_is_before(task, first)))
			first = task;
	}
	return first;
}

/*
 * Starts and ends at most so many, and none any more after end_ms; true: there
 * may be more to do, which is looked for in the next turn.
 */
static bool
run(size_t most, int64_t end_ms)
{
	struct pass pass = { .whole = look_at_all };
	struct task *task;
	bool agent, more = false;

	look_at_all = false;
	know_launches();
	pass.next[false] = task_next_ready(false, NULL);
	pass.next[true] = task_next_ready(true, NULL);
	while ((task = next(&pass)) != NULL) {
		if (pass.acts == most ||
		    (pass.acts > 0 && time_mono_ms() >= end_ms)) {
			look_at_all |= pass.whole;
			queue_kick();
			more = true;
			break;
		}
		agent = is_agent(task);
		pass.next[agent] = task_next_ready(agent, task);
		if (may_start(&pass, agent) || may_end_unstarted(task))
			take(&pass, task);
	}
	if (pass.again_ms > 0)
		loop_timer_start(later, pass.again_ms);
	else
		event_del(later);
	alarm_set(at, pass.again_at);
	return more;
}

void
queue_run(void)
{
	run(TASKS_MAX_PER_CALL, INT64_MAX);
}

bool
queue_step(void)
{
	return run(1, INT64_MAX);
}

static void
on_kick(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	run(SIZE_MAX, time_mono_ms() + SLICE_MS);
}
