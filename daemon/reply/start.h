/*
 * Starting tasks for a call: check, look whether directories and programs
 * are there, accept, start.  All of the tasks or none.
 */
#ifndef DAEMON_REPLY_START_H
#define DAEMON_REPLY_START_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/reply/later.h"
#include "daemon/task/task.h"

struct task_spec;

/*
 * Starts tasks by n specs, which live as long as the call, and answers after
 * the wait that `then` describes.  Numbered: problems begin with "tasks[i].".
 */
struct mcp_reply start_specs(struct mcp_call *call,
    const struct task_spec *const *specs, size_t n, bool numbered,
    const struct task_group *group, const struct later_spec *then)
    __attribute__((warn_unused_result));

#endif
