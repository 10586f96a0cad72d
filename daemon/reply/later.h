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

/* What a handler wants to wait for, and how it answers then. */
struct later_spec {
	enum wait_until until;
	int64_t wait_s; /* as asked; capped when nobody hears progress */
	/* Of one task: also ends the wait, looked at after each write. */
	bool (*until_news)(const struct task *task, const void *args);
	/*
	 * A question of a task also ends the wait, once for each owner: unless
	 * the user of this session has it before his eyes.
	 */
	bool until_asked;
	/*
	 * Answers the call.  Args are the call's; note is a line to put
	 * behind the answer, or "".
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
