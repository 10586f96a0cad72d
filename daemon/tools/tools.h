/*
 * The tools: one file and one table each; tools.c lists them.
 */
#ifndef DAEMON_TOOLS_TOOLS_H
#define DAEMON_TOOLS_TOOLS_H

struct mcp_tool;

extern const struct mcp_tool run_task_tool;
extern const struct mcp_tool start_tasks_tool;
extern const struct mcp_tool check_tasks_tool;
extern const struct mcp_tool list_tasks_tool;
extern const struct mcp_tool read_output_tool;
extern const struct mcp_tool reply_task_tool;
extern const struct mcp_tool stop_tasks_tool;
extern const struct mcp_tool cleanup_tasks_tool;

/* For the command; not listed. */
extern const struct mcp_tool control_tasks_tool;
extern const struct mcp_tool debug_daemon_tool;
extern const struct mcp_tool prune_tasks_tool;
extern const struct mcp_tool watch_tasks_tool;
/* Forgets what happened to tasks. */
void watch_tasks_stop(void);

/* The predecessor's names. */
extern const struct mcp_tool execute_cc_task_tool;
extern const struct mcp_tool start_cc_task_async_tool;
extern const struct mcp_tool check_task_status_tool;
extern const struct mcp_tool list_active_tasks_tool;
extern const struct mcp_tool cleanup_task_tool;

/*
 * Claude Code writes an answer that has more characters, or very many tokens,
 * to a file, unless its tool has declared how long it may be.
 */
#define TOOL_RESULT_CHARS 50000

/* All of them; ends with NULL. */
extern const struct mcp_tool *const tools_all[];

#endif
