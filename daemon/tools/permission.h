/*
 * The one tool for the bridge of an agent, `ccproc-bridge --ask TASK`: `claude
 * --permission-prompt-tool` calls it before it does something that needs a
 * permission.
 */
#ifndef DAEMON_TOOLS_PERMISSION_H
#define DAEMON_TOOLS_PERMISSION_H

struct error;
struct mcp_tool;
struct session;

extern const struct mcp_tool permission_tool;

/*
 * Whether a session with an ask may be served: it is inside of that task, which
 * lives.
 */
int permission_admit(const struct session *session, struct error *err);

#endif
