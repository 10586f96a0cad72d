/*
 * Answers in slices.  See sliced.h.
 */
#include <stdlib.h>

#include "common/mem.h"
#include "daemon/os/heap.h"
#include "daemon/os/slices.h"
#include "daemon/reply/sliced.h"
#include "daemon/store/unsynced.h"

struct pending {
	struct mcp_call *call;
	const struct sliced *what;
	void *arg;
	struct slices *slices;
	struct mcp_work work;     /* of which we may die */
	struct unsynced_span did; /* in the slices so far */
};

static bool
step(void *arg)
{
	struct pending *pending = arg;
	bool more;

	mcp_work(&pending->work, MCP_RESUMED);
	unsynced_request(pending->did);
	more = pending->what->step(pending->arg);
	pending->did = unsynced_pause();
	mcp_work(&pending->work, MCP_PAUSED);
	return more;
}

static void
done(void *arg)
{
	struct pending pending = *(struct pending *)arg;

	free(arg);
	mcp_work(&pending.work, MCP_RESUMED);
	unsynced_request(pending.did);
	mcp_call_finish(pending.call,
	    pending.what->answer(pending.call, pending.arg));
	unsynced_pause();
	mcp_work(&pending.work, MCP_WORKED);
	heap_trim(); /* it was about many tasks */
}

static void
cancelled(void *arg)
{
	struct pending *pending = arg;

	slices_free(pending->slices);
	pending->what->drop(pending->arg);
	free(pending);
}

struct mcp_reply
sliced_later(struct mcp_call *call, struct mcp_work work,
    const struct sliced *what, void *arg)
{
	struct pending *pending = xcalloc(1, sizeof(*pending));

	pending->call = call;
	pending->what = what;
	pending->arg = arg;
	pending->did = unsynced_done();
	pending->work = work;
	pending->slices = slices_new(step, done, pending);
	return mcp_reply_later(call, cancelled, pending);
}

struct mcp_reply
sliced_reply(struct mcp_call *call, const struct sliced *what, void *arg)
{
	return slices_once(what->step, arg) ?
	    sliced_later(call, mcp_call_work(call), what, arg) :
	    what->answer(call, arg);
}

struct find {
	struct task_walk walk;
	struct task_list list;
	struct mcp_reply (*then)(struct mcp_call *call,
	    const struct task_walk *walk, const struct task_list *list,
	    const void *args);
	const void *args;
};

static bool
find_step(void *arg)
{
	struct find *find = arg;

	return resolve_step(&find->list, &find->walk);
}

static void
find_free(void *arg)
{
	struct find *find = arg;

	task_list_clear(&find->list);
	free(find);
}

static struct mcp_reply
find_answer(struct mcp_call *call, void *arg)
{
	struct find *find = arg;
	struct mcp_reply reply = find->then(call, &find->walk, &find->list,
	    find->args);

	find_free(find);
	return reply;
}

struct mcp_reply
sliced_find(struct mcp_call *call, const struct task_walk *walk,
    struct mcp_reply (*then)(struct mcp_call *, const struct task_walk *,
	const struct task_list *, const void *),
    const void *args)
{
	static const struct sliced sliced = { find_step, find_answer,
		find_free };
	struct find *find = xcalloc(1, sizeof(*find));

	find->walk = *walk;
	find->then = then;
	find->args = args;
	return sliced_reply(call, &sliced, find);
}
