/*
 * The daemon as MCP clients see it: its name, instructions, tools, resources
 * and prompts.
 */
#ifndef DAEMON_PROVIDE_PROVIDE_H
#define DAEMON_PROVIDE_PROVIDE_H

struct mcp_info;

const struct mcp_info *provide_info(void);
/* The same for the bridge of an agent, which asks for permissions. */
const struct mcp_info *provide_ask_info(void);

/*
 * Needs an open state directory, from which it reads the key of signed texts.
 * Clients are told of changed lists from then on.
 */
void provide_start(void);
void provide_stop(void);

#endif
