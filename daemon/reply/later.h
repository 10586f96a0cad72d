/*
 * A call that is answered after a wait for tasks.
 */
#ifndef DAEMON_REPLY_LATER_H
#define DAEMON_REPLY_LATER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/find/wait.h"
#include "mcp/mcp.h"

struct task;

/* What a tool waits for, and how it answers then. */
struct later_spec {
	enum wait_until until;
	int64_t wait_s; /* as asked; capped when nobody hears progress */
	/*
	 * Of the one task: the call is about this turn, which ends the wait and
	 * is answered for, whatever the task does then.  0: about the task.
	 */
	unsigned turn;
	/* Ends the wait of one task, too; asked after each write of it. */
	bool (*until_news)(const struct task *task, const void *args);
	/*
	 * A question of a task ends the wait, too, once for each owner, unless
	 * the user of this session sees it anyway.
	 */
	bool until_asked;
	/*
	 * Answers the call.  Args are the call's; note is a line for the end of
	 * the answer, or "".
	 */
	struct mcp_reply (*answer)(struct mcp_call *call, const void *args,
	    struct task *const *tasks, size_t n, const char *note);
	const void *args;
};

/* Answers when the wait ends; takes references to the tasks. */
struct mcp_reply later_wait(struct mcp_call *call, struct task *const *tasks,
    size_t n, const struct later_spec *spec)
    __attribute__((warn_unused_result));

#endif
