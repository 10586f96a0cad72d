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

struct error;
struct session;
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

/*
 * What was seen only after this (wall clock, ms) is news to the call: when
 * an earlier daemon has had it, the answer may have been lost.
 */
int64_t tool_since(const struct mcp_call *call);
/* The session of a call; borrows. */
const struct session *tool_session(const struct mcp_call *call);
/* Notes that the answer of a call tells of the questions of these tasks. */
void tool_told(const struct mcp_call *call, struct task *const *tasks,
    size_t n);
/* How long the next call should wait that an answer names. */
int tool_next_wait_s(const struct mcp_call *call);
/* Answers with isError and err's text. */
struct mcp_reply tool_failure(struct mcp_call *call, const struct error *err)
    __attribute__((warn_unused_result));

#endif
