/*
 * The place of tasks in the queue, as text and as JSON; which run it is.
 * See place.h.
 */
#include <stdio.h>

#include "common/mem.h"
#include "daemon/queue/turn.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "daemon/view/place.h"
#include "json/json.h"

#define DOT " \xc2\xb7 "

/* "1st", "2nd", "11th" */
static const char *
ending(size_t n)
{
	if (n / 10 % 10 == 1)
		return "th";
	switch (n % 10) {
	case 1:
		return "st";
	case 2:
		return "nd";
	case 3:
		return "rd";
	default:
		return "th";
	}
}

void
view_queued(const struct task *task, struct buf *out)
{
	struct turn turn;
	size_t position, of;

	turn_look(task, &turn);
	position = task_place(task, &of);
	switch (turn.reason) {
	case TURN_NOW:
		break;
	case TURN_HELD:
		buf_printf(out, ": %s", turn.text);
		break;
	case TURN_USAGE:
		buf_printf(out, " %s", turn.text);
		break;
	case TURN_BROKEN:
	case TURN_BUDGET:
		buf_printf(out, DOT "cannot start: %s", turn.text);
		break;
	default:
		if (position > 0)
			buf_printf(out, DOT "%zu%s of %zu", position,
			    ending(position), of);
		buf_printf(out, DOT "%s%s", turn.waits_for ? "waits for " : "",
		    turn.text);
		break;
	}
}

void
view_queued_json(const struct task *task, struct json_object *object)
{
	bool queued = task_record(task)->state == STATE_QUEUED;
	const char *text = NULL;
	size_t position = 0, of;
	struct turn turn;

	if (queued) {
		turn_look(task, &turn);
		position = task_place(task, &of);
		if (turn.reason != TURN_NOW)
			text = turn.text;
	}
	json_add_int(object, "priority", task_record(task)->waiting.priority);
	json_add_known(object, "queue_position",
	    position > 0 ? (int64_t)position : -1);
	json_add_string(object, "waits_for", text);
}

void
view_run(const struct task *task, struct buf *out)
{
	const struct run *run = &task_record(task)->run;
	unsigned waiting = run->count - run->number;

	if (run->turn > 1)
		buf_printf(out, DOT "run %u", run->turn);
	if (run->number > run->turn)
		buf_printf(out, DOT "retry %u", run->number - run->turn);
	if (waiting > 0)
		buf_printf(out, DOT "%u message%s", waiting,
		    waiting == 1 ? " waits" : "s wait");
}
