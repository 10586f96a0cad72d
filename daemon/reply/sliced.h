/*
 * Answers that are made in slices, so that other sessions need not wait for
 * them: of many rows, or of tasks that are read from disk.
 */
#ifndef DAEMON_REPLY_SLICED_H
#define DAEMON_REPLY_SLICED_H

#include <stdbool.h>

#include "daemon/find/resolve.h"
#include "mcp/mcp.h"

struct sliced {
	/* Does a short step; false: it was the last one. */
	bool (*step)(void *arg);
	/* Answers the call, and frees arg. */
	struct mcp_reply (*answer)(struct mcp_call *call, void *arg);
	/* Frees arg: nobody waits for the answer any more. */
	void (*drop)(void *arg);
};

/* A short answer is made at once. */
struct mcp_reply sliced_reply(struct mcp_call *call, const struct sliced *what,
    void *arg);

/* The same for a call that was put off, with work left, and now goes on. */
struct mcp_reply sliced_later(struct mcp_call *call, struct mcp_work work,
    const struct sliced *what, void *arg);

/*
 * Finds tasks by a walk; then answers the call with what it came to.  The list
 * is gone after that.
 */
struct mcp_reply sliced_find(struct mcp_call *call,
    const struct task_walk *walk,
    struct mcp_reply (*then)(struct mcp_call *call,
	const struct task_walk *walk, const struct task_list *list,
	const void *args),
    const void *args);

#endif
