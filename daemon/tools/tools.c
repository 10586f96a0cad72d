/*
 * The list of the tools.
 */
#include <stddef.h>

#include "daemon/tools/tools.h"
#include "mcp/mcp.h"

const struct mcp_tool *const tools_all[] = {
	&run_task_tool,
	&start_tasks_tool,
	&check_tasks_tool,
	&list_tasks_tool,
	&read_output_tool,
	&reply_task_tool,
	&stop_tasks_tool,
	&cleanup_tasks_tool,
	&control_tasks_tool,
	&prune_tasks_tool,
	&debug_daemon_tool,
	&watch_tasks_tool,
	&execute_cc_task_tool,
	&start_cc_task_async_tool,
	&check_task_status_tool,
	&list_active_tasks_tool,
	&cleanup_task_tool,
	NULL,
};
