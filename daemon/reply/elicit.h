/*
 * The questions of tasks as requests to MCP clients of before 2026-07-28
 * (elicitation/create): to every session of the owner of the task, whether or
 * not a call of it is open; of tasks that tasks have started, to those of the
 * first one's owner, for the others have no user.
 */
#ifndef DAEMON_REPLY_ELICIT_H
#define DAEMON_REPLY_ELICIT_H

#include <stdbool.h>

struct mcp_peer;
struct session;
struct task;

void elicit_start(void);
void elicit_stop(void);

/* A client has said that it is ready; and it has gone. */
void elicit_join(struct mcp_peer *peer, void *user);
void elicit_leave(const struct session *session);

/* Whether this session has all open questions of a task before it now. */
bool elicit_shows(const struct session *session, const struct task *task);

#endif
