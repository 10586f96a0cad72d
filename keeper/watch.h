/*
 * Watching a task: from the start of its program until no process of it is
 * left.
 */
#ifndef KEEPER_WATCH_H
#define KEEPER_WATCH_H

#include <sys/types.h>

struct keeper_options;
struct streams;
struct record;

/*
 * Holds the timeouts and the cap, stops an agent that does not go, obeys
 * SIGTERM and KEEPER_SIGNAL (common/keeperctl.h), reaps, and ends what
 * outlives pid, the main process.  All signals must be blocked, and we a
 * subreaper.  Fills the record, and writes the exit of the main process.
 */
void watch(const struct keeper_options *options, struct record *record,
    struct streams *streams, pid_t pid);

#endif
