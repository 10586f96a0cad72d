/*
 * The decision for one task of the queue.  See turn.h.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/config.h"
#include "daemon/os/memory.h"
#include "daemon/queue/depend.h"
#include "daemon/queue/drain.h"
#include "daemon/queue/launches.h"
#include "daemon/queue/leaving.h"
#include "daemon/queue/stall.h"
#include "daemon/queue/turn.h"
#include "daemon/queue/window.h"
#include "daemon/record/record.h"
#include "daemon/task/conversation.h"
#include "daemon/task/cost.h"
#include "daemon/task/limits.h"
#include "daemon/task/next_run.h"
#include "daemon/task/replace.h"
#include "daemon/task/task.h"

#define MEMORY_AGAIN_MS 5000
#define SIGHT_AGAIN_MS 1000
/* The most tasks that a text names. */
#define SHOWN_MAX 5

const char *
turn_reason_name(enum turn_reason reason)
{
	static const char *const names[] = {
		[TURN_NOW] = "now",
		[TURN_UNSURE] = "unsure",
		[TURN_LEAVING] = "leaving",
		[TURN_HELD] = "held",
		[TURN_DRAINED] = "paused",
		[TURN_GROUP_DRAINED] = "group paused",
		[TURN_RETRY] = "retry",
		[TURN_USAGE] = "usage limit",
		[TURN_CONFIG] = "configuration",
		[TURN_STOPPED] = "stopped",
		[TURN_AFTER] = "after",
		[TURN_BROKEN] = "broken",
		[TURN_BUDGET] = "budget",
		[TURN_GROUP] = "group",
		[TURN_PLACE] = "place",
		[TURN_DAY] = "day",
		[TURN_LAUNCH] = "launch",
		[TURN_MEMORY] = "memory",
		[TURN_LIMITS] = "limits",
		[TURN_KEEPER] = "keeper",
		[TURN_STALLED] = "stalled",
	};

	return names[reason];
}

static bool
is_agent(const struct task *task)
{
	return record_is_agent(task_record(task));
}

size_t
turn_places(bool agents)
{
	const struct config *config = config_get();

	return (size_t)(agents ? config->agents.max_running :
				 config->commands.max_running);
}

bool
turn_has_place(bool agents)
{
	return task_count_running(agents) < turn_places(agents);
}

/*
 * Fills in the turn and returns true.  With waits_for the text names what the
 * task waits for, else it is a sentence.
 */
__attribute__((format(printf, 4, 5))) static bool
stay(struct turn *turn, enum turn_reason reason, bool waits_for,
    const char *format, ...)
{
	va_list ap;

	turn->reason = reason;
	turn->waits_for = waits_for;
	va_start(ap, format);
	vsnprintf(turn->text, sizeof(turn->text), format, ap);
	va_end(ap);
	return true;
}

#define wait_for(turn, reason, ...) stay(turn, reason, true, __VA_ARGS__)
#define say_why(turn, reason, ...) stay(turn, reason, false, __VA_ARGS__)

/* "t3, t5 and 3 more" */
static bool
wait_for_others(const struct task *task, uint64_t met, struct turn *turn)
{
	char *const *after = task_record(task)->spec.after;
	size_t i, n = 0, len = 0;
	char text[SHOWN_MAX * 24 + 1] = "";

	for (i = 0; after != NULL && after[i] != NULL; i++)
		if ((met >> i & 1) == 0 && n++ < SHOWN_MAX)
			len += (size_t)snprintf(text + len, sizeof(text) - len,
			    "%s" TASK_ID, len == 0 ? "" : ", ",
			    depend_number(after[i]));
	if (n > SHOWN_MAX)
		return wait_for(turn, TURN_AFTER, "%s and %zu more", text,
		    n - SHOWN_MAX);
	return wait_for(turn, TURN_AFTER, "%s", text);
}

/*
 * Dependencies count before the first run only: when the agent goes on they may
 * have been deleted.
 */
static bool
had_others(const struct record *rec)
{
	return rec->spec.after != NULL && rec->run.number > 1 &&
	    conversation_can_go_on(rec);
}

static bool
waits_for_others(const struct task *task, uint64_t *met, struct turn *turn)
{
	if (had_others(task_record(task)))
		*met = UINT64_MAX;
	switch (depend_check(task_record(task), met, turn->text,
	    sizeof(turn->text))) {
	case DEPEND_BROKEN:
		turn->reason = TURN_BROKEN;
		return true;
	case DEPEND_WAIT:
		return wait_for_others(task, *met, turn);
	case DEPEND_UNSEEN:
		turn->again_ms = SIGHT_AGAIN_MS;
		turn->reason = TURN_AFTER;
		turn->waits_for = true;
		return true;
	case DEPEND_MET:
		break;
	}
	return false;
}

static bool
is_of_group(const struct task *task, const char *group)
{
	return task_record(task)->from.group != NULL &&
	    strcmp(task_record(task)->from.group, group) == 0;
}

/* The next running task of the group; NULL gives the first. */
static struct task *
next_of_group(const struct task *task, const char *group)
{
	struct task *next = task_next_running(task);

	while (next != NULL && !is_of_group(next, group))
		next = task_next_running(next);
	return next;
}

/* A group's own limits. */
static bool
waits_for_group(const struct task *task, struct turn *turn)
{
	const struct record_origin *from = &task_record(task)->from;
	const struct task *other = NULL;
	int64_t n = 0;
	double usd;

	if (from->max_budget_usd > 0) {
		usd = cost_of_group(task_record(task));
		if (usd >= from->max_budget_usd)
			return say_why(turn, TURN_BUDGET,
			    "group %s has cost $%.2f of its $%.2f", from->group,
			    usd, from->max_budget_usd);
	}
	if (from->max_parallel == 0)
		return false;
	while ((other = next_of_group(other, from->group)) != NULL)
		n++;
	return n >= from->max_parallel &&
	    wait_for(turn, TURN_GROUP,
		"another of %s (%" PRId64 " of %" PRId64 " run)", from->group,
		n, from->max_parallel);
}

static bool
waits_for_place(const struct task *task, struct turn *turn)
{
	bool agent = is_agent(task);

	return !turn_has_place(agent) &&
	    wait_for(turn, TURN_PLACE,
		"a free %splace (%zu of %zu "
		"run)",
		agent ? "agent " : "", task_count_running(agent),
		turn_places(agent));
}

static bool
waits_for_day(struct turn *turn)
{
	double most = config_get()->agents.max_budget_usd_per_day, usd;

	if (most <= 0 || (usd = cost_of_today()) < most)
		return false;
	turn->again_at = time_wall_ms() + cost_tomorrow_ms();
	return wait_for(turn, TURN_DAY,
	    "tomorrow (UTC): agents have cost $%.2f of today's $%.2f", usd,
	    most);
}

static bool
waits_for_launch(struct turn *turn)
{
	const struct config_agents *agents = &config_get()->agents;

	turn->again_ms = launches_wait_ms(time_mono_ms());
	return turn->again_ms > 0 &&
	    wait_for(turn, TURN_LAUNCH,
		"a launch slot (%" PRId64 " agents per %" PRId64 " s)",
		agents->launches, agents->launch_period_s);
}

/*
 * One agent may run however little is free; otherwise a machine that never has
 * as much would never run any.
 */
static bool
waits_for_memory(struct turn *turn)
{
	int64_t floor = config_get()->agents.min_free_bytes, bytes;

	if (floor == 0 || task_count_running(true) == 0)
		return false;
	bytes = memory_free();
	if (bytes == -1 || bytes >= floor)
		return false;
	turn->again_ms = MEMORY_AGAIN_MS;
	return wait_for(turn, TURN_MEMORY,
	    "free memory (%" PRId64 " MiB of the %" PRId64
	    " that a further agent needs)",
	    bytes >> 20, floor >> 20);
}

static bool
waits_as_agent(struct turn *turn)
{
	return waits_for_day(turn) || waits_for_launch(turn) ||
	    waits_for_memory(turn);
}

/* By somebody, or since the machine was restarted. */
static bool
is_kept_back(const struct task *task, struct turn *turn)
{
	const struct record *rec = task_record(task);
	const char *of = drain_of(rec);

	if (rec->waiting.held_by != NULL)
		return say_why(turn, TURN_HELD,
		    "held by %.60s, until ccproc release " TASK_ID,
		    rec->waiting.held_by, rec->number);
	if (task_is_held(task))
		return say_why(turn, TURN_HELD,
		    "held since the machine was restarted, until somebody "
		    "waits for it");
	if (of == NULL)
		return false;
	if (of[0] == '\0')
		return say_why(turn, TURN_DRAINED,
		    "the queue is paused, until ccproc unpause --queue");
	return say_why(turn, TURN_GROUP_DRAINED,
	    "%.40s is paused, until ccproc unpause --queue -g %.40s", of, of);
}

/* For another try, after the API has refused it. */
static bool
waits_for_api(const struct record *rec, struct turn *turn)
{
	const struct run_spec *asked = &rec->run.asked;
	int64_t left = next_run_wait_ms(rec);
	char text[TIMEFMT_SIZE];

	if (left == 0)
		return false;
	turn->again_at = time_wall_ms() + left;
	if (asked->limit == NULL)
		return wait_for(turn, TURN_RETRY,
		    "%s, since the API refused it", timefmt_span(left, text));
	return say_why(turn, TURN_USAGE, "until %s: usage limit (%.40s)",
	    timefmt_local(asked->not_before, text), asked->limit);
}

/* For a window of its account, of which another agent has been told. */
static bool
waits_for_window(const struct record *rec, struct turn *turn)
{
	struct window_wait wait;
	char text[TIMEFMT_SIZE];

	if (!task_spec_is_claude(&rec->spec) || !window_is_closed(rec, &wait))
		return false;
	turn->again_at = time_wall_ms() + wait.ms;
	if (wait.probe == 0)
		return say_why(turn, TURN_USAGE,
		    "until %s: usage limit (%.40s)",
		    timefmt_local(wait.opens_at, text), wait.limit);
	return say_why(turn, TURN_USAGE,
	    "until " TASK_ID " is served: usage limit (%.40s)", wait.probe,
	    wait.limit);
}

static bool
waits_for_itself(const struct task *task, struct turn *turn)
{
	char span[TIMEFMT_SIZE];
	struct error unsound;

	if (task_phase(task) != TASK_QUEUED)
		return say_why(turn, TURN_UNSURE,
		    "waits until it can be seen what became of it");
	if (!replace_is_over(task_record(task))) {
		turn->again_ms = SIGHT_AGAIN_MS;
		return say_why(turn, TURN_UNSURE,
		    "waits until the end of the task that it replaces is "
		    "recorded");
	}
	if (next_run_was_stopped(task_record(task)))
		return say_why(turn, TURN_STOPPED, "stopped before it began");
	if (is_kept_back(task, turn))
		return true;
	turn->again_ms = leaving_ms();
	if (turn->again_ms > 0)
		return wait_for(turn, TURN_LEAVING,
		    "the machine, which is being shut down, to start again");
	if (config_check(&unsound) != 0)
		return wait_for(turn, TURN_CONFIG, "a sound %s", unsound.text);
	if (waits_for_api(task_record(task), turn) ||
	    waits_for_window(task_record(task), turn))
		return true;
	if (limits_lack(&task_record(task)->spec, turn->text,
		sizeof(turn->text)) != 0) {
		turn->reason = TURN_LIMITS;
		return true;
	}
	turn->again_ms = task_start_wait_ms(task);
	if (turn->again_ms > 0)
		return wait_for(turn, TURN_KEEPER,
		    "%s, since its keeper ended before it began",
		    timefmt_span(turn->again_ms, span));
	return false;
}

/* The one decision; met is as in depend_check. */
static void
decide(const struct task *task, uint64_t *met, struct turn *turn)
{
	memset(turn, 0, sizeof(*turn));
	if (waits_for_itself(task, turn) || waits_for_others(task, met, turn) ||
	    waits_for_group(task, turn) || waits_for_place(task, turn) ||
	    (is_agent(task) && waits_as_agent(turn)))
		return;
	turn->reason = TURN_NOW;
	if (stall_reason() != NULL)
		say_why(turn, TURN_STALLED, "cannot be started yet: %s",
		    stall_reason());
}

void
turn_look(const struct task *task, struct turn *turn)
{
	uint64_t met = task_met(task);

	decide(task, &met, turn);
}

void
turn_take(struct task *task, struct turn *turn)
{
	uint64_t met = task_met(task);

	decide(task, &met, turn);
	task_set_met(task, met);
}

/* What has no end that we would hear of is looked at again and again. */
static void
set_aside_for_others(struct task *task)
{
	struct task *others[TASKS_MAX_PER_CALL];
	char *const *after = task_record(task)->spec.after;
	size_t i, n = 0;

	for (i = 0; after[i] != NULL; i++) {
		if ((task_met(task) >> i & 1) != 0)
			continue;
		others[n] = task_find_live(depend_number(after[i]));
		if (others[n++] == NULL)
			return;
	}
	task_set_aside(task, others, n);
}

static void
set_aside_for_group(struct task *task)
{
	const char *group = task_record(task)->from.group;
	struct task *others[TASKS_MAX_PER_CALL], *other = NULL;
	size_t n = 0;

	while (n < TASKS_MAX_PER_CALL &&
	    (other = next_of_group(other, group)) != NULL)
		others[n++] = other;
	task_set_aside(task, others, n);
}

bool
turn_set_aside(struct task *task, enum turn_reason reason)
{
	if (reason == TURN_AFTER)
		set_aside_for_others(task);
	else if (reason == TURN_GROUP)
		set_aside_for_group(task);
	else if (reason == TURN_HELD || reason == TURN_GROUP_DRAINED ||
	    reason == TURN_LIMITS)
		task_set_aside(task, NULL, 0);
	return task_is_aside(task);
}
