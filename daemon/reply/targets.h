/*
 * Which tasks a call that changes tasks means.  A label or "mine" may mean
 * others a moment later, so that is decided once: it is noted on disk before
 * the call acts, and a daemon that gets the same call again reads the note.
 */
#ifndef DAEMON_REPLY_TARGETS_H
#define DAEMON_REPLY_TARGETS_H

#include <stddef.h>
#include <stdint.h>

#include "daemon/find/resolve.h"
#include "mcp/mcp.h"

/*
 * Fills the list, by choose() or from the note; the caller clears it.  Ids are
 * those that the call names, or NULL.
 */
int targets_choose(struct mcp_call *call, char *const *ids,
    int (*choose)(struct mcp_call *call, const void *args,
	struct task_list *list, struct error *err),
    const void *args, struct task_list *list, struct error *err);

/*
 * How many of the noted tasks are gone, and the bytes they had: the call may
 * have been at work before its daemon died.
 */
void targets_gone(const struct mcp_call *call, size_t *n, int64_t *bytes);

#endif
