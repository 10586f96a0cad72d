/*
 * The tasks that a person or model may want to choose from: all that have
 * not ended, and the newest.
 */
#ifndef DAEMON_PROVIDE_RECENT_H
#define DAEMON_PROVIDE_RECENT_H

#include <stddef.h>
#include <stdint.h>

struct mcp_values;
struct task_list;

/*
 * Adds at most max of them, newest first, with numbers below before (0: from
 * the newest on).  Returns where to go on, 0 at the end.
 */
uint64_t recent_tasks(uint64_t before, size_t max, struct task_list *list);

/*
 * Adds the ids, labels and names of groups of these tasks that begin with
 * typed, with prefix before each.
 */
void recent_complete(const char *prefix, const char *typed,
    struct mcp_values *values);

#endif
