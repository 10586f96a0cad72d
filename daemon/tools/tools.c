/*
 * What the server says of itself, and the list of its tools.
 */
#include <config.h>
#include <stddef.h>

#include "daemon/tools/tools.h"
#include "mcp/mcp.h"

static const char instructions[] =
    "ccproc runs shell commands and Claude agents that outlive this session, "
    "many at once. Start one with run_task or up to 50 with start_tasks, then "
    "go on working: where the client can, you are woken with the result; "
    "elsewhere call check_tasks with wait_s when you need it, never in a "
    "loop. Ids are t7 (task) and g7 (group); labels work too. An agent sees "
    "nothing of this conversation: put paths, goal and limits into its "
    "prompt. The first line of an answer tells state and exit code; if it is "
    "not completed, look with read_output before you guess. stop_tasks keeps "
    "the data, cleanup_tasks deletes it.";

static const struct mcp_tool *const tools[] = {
	&run_task_tool,
	&start_tasks_tool,
	&check_tasks_tool,
	&list_tasks_tool,
	&read_output_tool,
	&stop_tasks_tool,
	&cleanup_tasks_tool,
	&prune_tasks_tool,
	&execute_cc_task_tool,
	&start_cc_task_async_tool,
	&check_task_status_tool,
	&list_active_tasks_tool,
	&cleanup_task_tool,
	NULL,
};

static const struct mcp_info info = {
	.name = "ccproc",
	.title = "ccproc task supervisor",
	.version = PACKAGE_VERSION,
	.instructions = instructions,
	.tools = tools,
};

const struct mcp_info *
tools_info(void)
{
	return &info;
}
