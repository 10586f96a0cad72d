/*
 * The provider of the tasks extension: handles of tasks and groups, to
 * clients that ask what became of them.
 */
#ifndef DAEMON_PROVIDE_TASKEXT_H
#define DAEMON_PROVIDE_TASKEXT_H

#include "mcp/tasks.h"

extern const struct mcp_tasks taskext;

#endif
