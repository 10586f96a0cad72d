/*
 * What an agent's bridge, `ccproc-bridge --ask TASK`, meets: the one tool
 * that `claude --permission-prompt-tool` calls before it does what needs a
 * permission.
 */
#ifndef DAEMON_TOOLS_PERMISSION_H
#define DAEMON_TOOLS_PERMISSION_H

struct error;
struct mcp_tool;
struct session;

extern const struct mcp_tool permission_tool;

/* Whether a session with an ask may be served: its task lives, and is it. */
int permission_admit(const struct session *session, struct error *err);

#endif
