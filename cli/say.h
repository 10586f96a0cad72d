/*
 * What commands say: what failed, and how tasks are.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stdbool.h>

struct error;
struct rpc;
struct tasks;

/* A line on stderr, with our name before it. */
void say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Says what failed; returns STATUS_OURS. */
int say_failed(const struct error *err);
/* Says that no task is meant, which is no failure; returns 0. */
int say_none(void);
/* Says what is wrong with the command line; returns STATUS_USAGE. */
int say_usage(const char *verb, const struct error *err);
/*
 * Prints a line of each task, which ids name, or all of it as JSON.  Returns
 * an exit status: 0, or that of the failure to do so.
 */
int say_tasks(struct rpc *rpc, const struct tasks *tasks, char *const *ids,
    bool json);

#endif
