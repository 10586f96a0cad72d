/*
 * The runs of an agent's task, each with a directory of its own: the first
 * one's is the task's, later ones are below that.
 */
#ifndef CLI_RUNS_H
#define CLI_RUNS_H

#include <stdint.h>

struct error;
struct task_info;

/* The directory of run n, which the caller frees; NULL with err. */
char *runs_dir(const struct task_info *task, int64_t n, struct error *err);

/* How run n went and what its agent was told, in a line; the caller frees. */
char *runs_describe(const struct task_info *task, int64_t n);

/* Returns what it was told first, up to 1 MiB, which the caller frees; NULL. */
char *runs_prompt(const struct task_info *task);

#endif
