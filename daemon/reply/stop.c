/*
 * Stopping tasks.  See stop.h.
 */
#include <stdlib.h>

#include "common/error.h"
#include "common/id.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/reply/sliced.h"
#include "daemon/reply/stop.h"

struct stopping {
	struct stop_wish wish;
	struct task_list list;
	size_t left;
	bool any;
	struct error err;
};

/*
 * Newest first, because a slot that comes free must not start a task that is to
 * be cancelled next.
 */
static bool
step(void *arg)
{
	struct stopping *stopping = arg;
	struct error err;
	struct task *task;

	if (stopping->left == 0)
		return false;
	task = stopping->list.tasks[--stopping->left];
	if (record_ended(task_record(task)))
		return true;
	if (task_stop(task, stopping->wish.mode, stopping->wish.grace_s,
		&err) == 0)
		stopping->any = true;
	else
		fail_add(&stopping->err, err.code, TASK_ID ": %s",
		    task_record(task)->number, err.text);
	return true;
}

static void
stopping_free(void *arg)
{
	struct stopping *stopping = arg;

	task_list_clear(&stopping->list);
	free(stopping);
}

static struct mcp_reply
answer(struct mcp_call *call, void *arg)
{
	struct stopping *stopping = arg;
	struct mcp_reply reply = stopping->wish.then(call, stopping->wish.args,
	    &stopping->list, stopping->any, &stopping->err);

	stopping_free(stopping);
	return reply;
}

struct mcp_reply
stop_reply(struct mcp_call *call, const struct task_list *list,
    const struct stop_wish *wish)
{
	static const struct sliced sliced = { step, answer, stopping_free };
	struct stopping *stopping = xcalloc(1, sizeof(*stopping));
	size_t i;

	stopping->wish = *wish;
	error_clear(&stopping->err);
	for (i = 0; i < list->n; i++)
		task_list_append(&stopping->list, list->tasks[i]);
	stopping->left = list->n;
	return sliced_reply(call, &sliced, stopping);
}
