/*
 * Stopping tasks, of which there may be thousands: in slices.
 */
#ifndef DAEMON_REPLY_STOP_H
#define DAEMON_REPLY_STOP_H

#include <stdbool.h>

#include "daemon/find/resolve.h"
#include "daemon/task/task.h"
#include "mcp/mcp.h"

struct stop_wish {
	enum keeper_mode mode;
	unsigned grace_s;
	/*
	 * Answers when all live ones were asked to stop: whether any is to be
	 * waited for, and what went wrong with the others.
	 */
	struct mcp_reply (*then)(struct mcp_call *call, const void *args,
	    const struct task_list *list, bool any, const struct error *err);
	const void *args;
};

struct mcp_reply stop_reply(struct mcp_call *call, const struct task_list *list,
    const struct stop_wish *wish);

#endif
