/*
 * Which ends the user wants to hear of (hooks.only).
 */
#ifndef DAEMON_HOOK_ONLY_H
#define DAEMON_HOOK_ONLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_only;
struct task;

/* How long one ran, or all together, from the first start to the last end. */
int64_t only_took_ms(struct task *const *tasks, size_t n);

/* Whether the end of a task, or of all of a group, is one of those. */
bool only_wants_end(const struct config_only *only, struct task *const *tasks,
    size_t n);
/* Whether a question of the task is. */
bool only_wants_question(const struct config_only *only,
    const struct task *task);

#endif
