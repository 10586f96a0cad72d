/*
 * A short-lived process that looks at, or changes, what is the user's: the
 * daemon never touches that, for a dead network mount would stop every
 * session.  Its input and its output are files in memory, so that nobody
 * waits for a reader, and its time is bounded.
 */
#ifndef DAEMON_OS_HELPER_H
#define DAEMON_OS_HELPER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct buf;
struct error;
struct helper;

/*
 * Starts argv[0], an absolute path, with input (NULL: none) as its stdin.
 * Done is called once from the loop with what it has printed, the first
 * 256 KiB: when it has ended or, not ended, when the time is over.  Then it
 * is killed, but not what it has started.  The helper is freed after done.
 */
struct helper *helper_start(char *const *argv, const struct buf *input,
    int64_t deadline_ms,
    void (*done)(const char *output, bool ended, void *arg), void *arg,
    struct error *err);
/* Kills a helper whose done was not called, and forgets it. */
void helper_free(struct helper *helper);

/*
 * Says that the helper, which is a keeper, and all below it belong to a task.
 * It is ended by SIGTERM, so that it takes along what it has started.
 */
void helper_set_task(struct helper *helper, uint64_t number);
/* The task that the helper with this pid belongs to; 0: none. */
uint64_t helper_task(pid_t pid);

#endif
