/*
 * Which tasks a call that changes tasks means.  A label or "mine" may mean
 * others a moment later, so that is decided once: it is noted on disk before
 * the call acts, and a daemon that gets the same call again reads the note.
 */
#ifndef DAEMON_REPLY_TARGETS_H
#define DAEMON_REPLY_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/find/resolve.h"
#include "mcp/mcp.h"

struct targets_wish {
	/* Adds the tasks; NULL: the walk finds them. */
	int (*choose)(struct mcp_call *call, const void *args,
	    struct task_list *list, struct error *err);
	struct task_walk walk;
	bool ended; /* those that have ended are meant, too */
	/* Acts on them and answers; the list is gone after that. */
	struct mcp_reply (*act)(struct mcp_call *call, const void *args,
	    const struct task_list *list);
	const void *args;
};

/*
 * Finds the tasks, or reads the note, and acts on them.  A label that several
 * have (see namesakes.h) fails, unless there is a note.  There may be thousands:
 * it takes slices.
 */
struct mcp_reply targets_reply(struct mcp_call *call,
    const struct targets_wish *wish);

/*
 * How many of the noted tasks are gone, and the bytes they had: the call may
 * have been at work before its daemon died.
 */
void targets_gone(const struct mcp_call *call, size_t *n, int64_t *bytes);

#endif
