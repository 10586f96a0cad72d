/*
 * Tasks whose files are damaged, as a power cut leaves what was not synced.
 */
#ifndef DAEMON_RECORD_DAMAGE_H
#define DAEMON_RECORD_DAMAGE_H

#include <stdbool.h>

struct error;
struct record;
struct run;

/* Whether this error of record_load is such damage, which stays. */
bool damage_is(const struct error *why);

/*
 * Reads what can be read of the task, after record_load has failed with why:
 * how it ended, if its exit record is whole; else it is lost.  Fills rec,
 * which has only its place.
 */
void damage_load(struct record *rec, int dirfd, const struct run *run,
    const struct error *why);

/* Fills the exit of a run, in dirfd, whose exit record is damaged. */
void damage_fill_exit(struct record *rec, int dirfd, const struct error *why);

/* Whether what a queued run is to be started with is there. */
bool damage_may_start(const struct record *rec, int dirfd, struct error *err);
/*
 * Whether a power cut has left a part only of what was accepted into the folder
 * of a task: a later run or a hook, in dirfd; that file says what it is.
 */
bool damage_is_torn(int dirfd, const char *what);

#endif
