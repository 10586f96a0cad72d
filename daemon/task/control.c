/*
 * Orders to the keepers of running tasks.  See control.h.  Whether a task is
 * paused is its keeper's to say, by a file; nothing is kept here.
 */
#include <errno.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/step.h"
#include "daemon/os/process.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/control.h"
#include "daemon/task/inside.h"
#include "daemon/task/keeper.h"

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

int
task_order(struct task *task, const struct task_order *order, struct error *err)
{
	if (record_ended(&task->rec)) {
		fail(err, ERR_BUSY, "it has ended: %s",
		    state_name(task->rec.state));
		return -1;
	}
	if (!task_is_live(task)) {
		fail(err, ERR_BUSY,
		    "it belongs to another machine or container, and can be "
		    "%s there",
		    done_word(order));
		return -1;
	}
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
