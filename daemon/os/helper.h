/*
 * Small shell scripts of ours that look at what is the user's, which the
 * daemon itself never touches: bounded in time, their output in memory.
 */
#ifndef DAEMON_OS_HELPER_H
#define DAEMON_OS_HELPER_H

#include <stdint.h>

struct error;
struct helper;

/*
 * Runs text by /bin/sh with these arguments.  Done is called once from the
 * loop, with what it has printed (the first 256 KiB): when it has ended, or
 * when the time is over; then it is killed, and so is nothing that it has
 * started.  The script is freed behind it.
 */
struct helper *helper_start(const char *text, char *const *args,
    int64_t deadline_ms, void (*done)(const char *output, void *arg), void *arg,
    struct error *err);
/* Before done was called: kills it, and forgets it. */
void helper_free(struct helper *helper);

#endif
