/*
 * The questions of tasks as requests to MCP clients of before 2026-07-28
 * (elicitation/create).  They go to every session of the owner of the task,
 * whether or not a call is open; for a task that another task has started, to
 * the owner of the first one, since the others have no user.
 */
#ifndef DAEMON_REPLY_ELICIT_H
#define DAEMON_REPLY_ELICIT_H

#include <stdbool.h>

struct mcp_peer;
struct session;
struct task;

void elicit_start(void);
void elicit_stop(void);

/* A client has said that it is ready, or has gone. */
void elicit_join(struct mcp_peer *peer, void *user);
void elicit_leave(const struct session *session);

/* Whether the user of this session sees all open questions of a task now. */
bool elicit_shows(const struct session *session, const struct task *task);

#endif
