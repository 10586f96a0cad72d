/*
 * Orders to the keepers of running tasks, and changes of those in the queue.
 * See control.h.  Whether a task is paused is its keeper's to say, by a file;
 * nothing is kept here.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/os/process.h"
#include "daemon/store/task_dir.h"
#include "daemon/store/version.h"
#include "daemon/task/control.h"
#include "daemon/task/inside.h"
#include "daemon/task/keeper.h"
#include "daemon/task/lookup.h"
#include "json/json.h"

static bool
is_pause(const struct task_order *order)
{
	return order->order == KEEPER_PAUSE || order->order == KEEPER_UNPAUSE;
}

/* "paused" */
static const char *
done_word(const struct task_order *order)
{
	return is_pause(order) ?
	    order->order == KEEPER_PAUSE ? "paused" : "unpaused" :
	    "signalled";
}

static int
refuse_queued(const struct task *task, const struct task_order *order,
    struct error *err)
{
	if (order->order == KEEPER_PAUSE)
		fail(err, ERR_BUSY,
		    "it is queued, and what has not started cannot be paused; "
		    "hold keeps it from starting: ccproc hold " TASK_ID,
		    task->rec.number);
	else if (order->order == KEEPER_UNPAUSE)
		fail(err, ERR_BUSY,
		    "it is queued, and not paused; ccproc release " TASK_ID
		    " ends a hold",
		    task->rec.number);
	else
		fail(err, ERR_BUSY,
		    "it is queued: there is no program yet to be signalled");
	return -1;
}

static int
tell(struct task *task, const struct task_order *order, struct error *err)
{
	if (keeperctl_check(&task->rec.exit,
		is_pause(order) ? "pause" : "signal", err) != 0)
		return -1;
	STEP("order-unsent");
	if (!process_signal(task->keeper, KEEPER_SIGNAL,
		keeperctl_order(order->order, order->signo, order->mark,
		    order->again))) {
		fail_errno(err, "its keeper cannot be told");
		return -1;
	}
	STEP("order-sent");
	log_info(TASK_ID ": its keeper is told: %s%s", task->rec.number,
	    done_word(order), order->signo == 0 ? "" : " by a signal");
	if (order->order == KEEPER_UNPAUSE)
		keeper_hold_to_time(task->keeper, &task->rec, false);
	return 1;
}

static int
check_live(const struct task *task, const char *done, struct error *err)
{
	if (record_ended(&task->rec))
		fail(err, ERR_BUSY, "it has ended: %s",
		    state_name(task->rec.state));
	else if (!task_is_live(task))
		fail(err, ERR_BUSY,
		    "it belongs to another machine or container, and can be "
		    "%s there",
		    done);
	else
		return 0;
	return -1;
}

int
task_order(struct task *task, const struct task_order *order, struct error *err)
{
	if (check_live(task, done_word(order), err) != 0)
		return -1;
	if (task->phase == TASK_QUEUED)
		return refuse_queued(task, order, err);
	if (task->stopping) {
		fail(err, ERR_BUSY, "it is being stopped");
		return -1;
	}
	if (task->phase == TASK_STARTING)
		return 0;
	if (task->phase != TASK_RUNNING || task->keeper == NULL) {
		fail(err, ERR_BUSY,
		    "it is about to end, or cannot be seen just now; try "
		    "again");
		return -1;
	}
	return tell(task, order, err);
}

int64_t
task_paused_at(const struct task *task)
{
	return task->phase == TASK_RUNNING ?
	    store_file_time(task->rec.dir, KEEPER_PAUSED) :
	    0;
}

void
task_order_done(struct task *task, const struct task_order *order)
{
	if (is_pause(order))
		task_tell(task, TASK_PAUSED);
}

static int
check_queued(const struct task *task, const char *done, struct error *err)
{
	if (check_live(task, done, err) != 0)
		return -1;
	if (task->phase == TASK_QUEUED)
		return 0;
	if (task->phase == TASK_UNSEEN && task->rec.state == STATE_QUEUED)
		fail(err, ERR_BUSY,
		    "it cannot be seen just now whether it runs; try again");
	else
		fail(err, ERR_BUSY,
		    "it runs already, and only what is queued can be %s%s",
		    done,
		    strcmp(done, "held") != 0 ?
			"" :
			"; ccproc pause lets it stand still");
	return -1;
}

/* Writes the words that it is to have, then it has them; takes their text. */
static int
set_waiting(struct task *task, struct waiting_words *new, struct error *err)
{
	struct json_object *object = waiting_encode(new);
	const char *text;
	size_t len;
	int result;

	text = json_text(object, &len);
	result = store_write_small(task->rec.path, WAITING_FILE, text, len,
	    err);
	STEP("queue-written");
	json_object_put(object);
	if (result != 0) {
		waiting_clear(new);
		return -1;
	}
	waiting_clear(&task->rec.waiting);
	task->rec.waiting = *new;
	return 1;
}

static void
release(struct task *task)
{
	char *const *id = task->rec.spec.after;
	struct task *other;
	struct error err;

	if (task->held) {
		log_info(TASK_ID ": waited for, no longer held",
		    task->rec.number);
		task->held = false;
		task_recall(task);
	}
	for (; id != NULL && *id != NULL; id++) {
		other = lookup_current(id_number(*id), &err);
		if (other != NULL && other->held)
			release(other); /* ends: each is held once */
		task_unref(other);
	}
}

void
task_release(struct task *task)
{
	release(task);
	task_tell(task, TASK_RELEASED);
}

int
task_hold(struct task *task, const char *by, struct error *err)
{
	const char *held_by = task->rec.waiting.held_by;
	struct waiting_words new = { .priority = task->rec.waiting.priority,
		.held_by = by == NULL ? NULL : xstrdup(by) };

	if (check_queued(task, by == NULL ? "released" : "held", err) != 0 ||
	    (by != NULL && store_raise_version(STORE_VERSION_HOLD, err) != 0)) {
		waiting_clear(&new);
		return -1;
	}
	if ((held_by != NULL) != (by != NULL)) {
		if (set_waiting(task, &new, err) != 1)
			return -1;
		log_info(TASK_ID ": %s", task->rec.number,
		    by == NULL ? "released" : "held");
		task_recall(task);
		task_tell(task, TASK_HELD);
	} else
		waiting_clear(&new);
	if (by == NULL && task->held) {
		task_release(task);
		task_tell(task, TASK_HELD);
	}
	return 1;
}

int
task_move(struct task *task, int64_t priority, struct error *err)
{
	const char *held_by = task->rec.waiting.held_by;
	struct waiting_words new = { .priority = priority };

	if (check_queued(task, "moved", err) != 0)
		return -1;
	if (task->rec.waiting.priority == priority)
		return 1;
	new.held_by = held_by == NULL ? NULL : xstrdup(held_by);
	if (set_waiting(task, &new, err) != 1)
		return -1;
	log_info(TASK_ID ": priority %" PRId64, task->rec.number, priority);
	task_reorder(task);
	task_tell(task, TASK_MOVED);
	return 1;
}
