/*
 * Changing tasks that have not ended, each by itself: one that refuses does not
 * keep others from it.
 */
#ifndef DAEMON_REPLY_CHANGE_H
#define DAEMON_REPLY_CHANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/find/resolve.h"
#include "mcp/mcp.h"

struct error;
struct task;

/* What became of one task of the list. */
struct change {
	struct task *task;
	char *refused; /* why it was not changed, or NULL */
};

struct change_wish {
	/*
	 * 1: it is changed, or will be; 0: ask again when its program has
	 * started; -1 with err: it is not.
	 */
	int (*change)(struct mcp_call *call, struct task *task,
	    const struct change_wish *wish, struct error *err);
	/* Whether that has come about; NULL: at once. */
	bool (*is_so)(const struct task *task, const void *args);
	/* It has; may be NULL. */
	void (*changed)(struct task *task, const void *args);
	/* Answers when it has for all. */
	struct mcp_reply (*then)(struct mcp_call *call, const void *args,
	    const struct change *changes, size_t n);
	const void *args;
	int64_t value; /* what follows of the tasks and the arguments */
};

struct mcp_reply change_reply(struct mcp_call *call,
    const struct task_list *list, const struct change_wish *wish)
    __attribute__((warn_unused_result));

#endif
