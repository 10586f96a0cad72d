/*
 * The prompts, which clients show as commands.
 */
#ifndef DAEMON_PROVIDE_PROMPTS_H
#define DAEMON_PROVIDE_PROMPTS_H

struct mcp_prompt;

extern const struct mcp_prompt status_prompt;
extern const struct mcp_prompt fan_out_prompt;
extern const struct mcp_prompt pick_up_prompt;

#endif
