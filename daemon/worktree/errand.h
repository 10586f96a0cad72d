/*
 * Running worktree.sh for a task that has ended, as if the task did: the
 * files that git obeys are the task's.
 */
#ifndef DAEMON_WORKTREE_ERRAND_H
#define DAEMON_WORKTREE_ERRAND_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct helper;
struct record;

/*
 * Starts worktree.sh with verb, what it is told of every task, and more (NULL
 * at its end).  It ends after limit_s seconds, with all that it has started;
 * done is called as by helper_start.  NULL with err.
 */
struct helper *errand_start(const struct record *rec, const char *verb,
    const char *const *more, int64_t limit_s,
    void (*done)(const char *output, bool ended, void *arg), void *arg,
    struct error *err);

#endif
