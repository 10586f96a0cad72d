/*
 * Hooks of a task that failed, from its folder.
 */
#ifndef CLI_HOOKS_H
#define CLI_HOOKS_H

struct task_info;

/* "hook-end-1 failed: exit code 3": returns them; strv_free frees. */
char **hooks_failed(const struct task_info *task);

#endif
