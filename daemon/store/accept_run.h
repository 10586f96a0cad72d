/*
 * Accepting one more run of a task, by rename like the first.
 */
#ifndef DAEMON_STORE_ACCEPT_RUN_H
#define DAEMON_STORE_ACCEPT_RUN_H

#include <stddef.h>

struct error;
struct record;
struct run;

/*
 * Accepts one more run of a task, with rec->run: writes its directory and the
 * task's live link, then renames the directory into place.  The environment
 * is env or, when that is NULL, the one that the run in rec->dir has left.
 */
int store_create_run(const struct record *rec, const struct run *run,
    const char *prompt, const char *env, size_t env_len, struct error *err);

/*
 * Removes the runs of the task in path from the first one on of which a power
 * cut has left a part only: nobody was told that they were accepted, but they
 * would hide what was told of those before.
 */
void store_drop_torn_runs(const char *path);

#endif
