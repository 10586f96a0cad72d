/*
 * What a task may use of the machine: its own limits, else those of its kind
 * in the configuration; held by the controllers of its cgroup.
 */
#ifndef DAEMON_TASK_LIMITS_H
#define DAEMON_TASK_LIMITS_H

#include <stdbool.h>
#include <stddef.h>

struct task_spec;

/* Fills in, at acceptance, the limits that the task does not name. */
void limits_fill(struct task_spec *spec);

bool limits_any(const struct task_spec *spec);

/*
 * Whether the task cannot be limited as it must be: why fills with a
 * sentence.  With limits.mode best_effort, and while it is not known, it can.
 */
int limits_lack(const struct task_spec *spec, char *why, size_t size);

/* Returns the command line of its keeper with them; argv is taken. */
char **limits_options(char **argv, const struct task_spec *spec);

/* Has those of all tasks together held. */
void limits_of_all(void);

#endif
