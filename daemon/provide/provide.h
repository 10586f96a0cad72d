/*
 * What the daemon is to MCP clients: what it says of itself, its tools,
 * resources and prompts.
 */
#ifndef DAEMON_PROVIDE_PROVIDE_H
#define DAEMON_PROVIDE_PROVIDE_H

struct mcp_info;

const struct mcp_info *provide_info(void);
/* What it is to the bridge of an agent that asks for permissions. */
const struct mcp_info *provide_ask_info(void);

/*
 * With the state directory open: the key of signed texts is read, and lists
 * that change are told of from then on.
 */
void provide_start(void);
void provide_stop(void);

#endif
