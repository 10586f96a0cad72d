/*
 * What a task has changed in its git worktree, as worktree.sh tells it: git
 * runs there, with no setting that the task may have written.
 */
#ifndef CLI_CHANGES_H
#define CLI_CHANGES_H

#include <stdio.h>

struct error;
struct rpc;
struct tasks;

/*
 * Fills the zeroed tasks with the one that is named, and returns the beginning
 * of a command line that does the verb (diff or apply) with it; the caller
 * frees.  NULL with err: there is no worktree of it.
 */
char **changes_argv(struct rpc *rpc, const char *verb, const char *name,
    struct tasks *tasks, struct error *err);

/*
 * Runs it and returns its exit status.  Show is given what it prints; NULL: that
 * goes to stdout byte by byte.
 */
int changes_run(char *const *argv, void (*show)(FILE *printed));

#endif
