/*
 * Which run of a task comes after the one that has ended: because somebody
 * replied, or because the API had refused it.
 */
#ifndef DAEMON_TASK_NEXT_RUN_H
#define DAEMON_TASK_NEXT_RUN_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct record;
struct run;

/*
 * Fills in what is asked of one more run of rec's task; a retry asks for the
 * same as rec's run.  The caller frees it with run_clear.
 */
void next_run_fill(struct run *run, const struct record *rec, bool retry,
    const char *uuid);

/*
 * Whether there is a run after rec's, which has ended: a message waits; or,
 * when retry allows that, the API refused this run and the same is accepted
 * once more here.
 */
bool next_run_accepted(struct record *rec, bool retry);

/*
 * Reads what the next run is into rec.  -1 with err: it is gone or cannot be
 * read, and rec is what it was.
 */
int next_run_load(struct record *rec, struct error *err);

/* Whether a stop that ended the run before rec's meant this one, too. */
bool next_run_was_stopped(const struct record *rec);

/* How long rec's run, in the queue, has to wait before it may start: ms. */
int64_t next_run_wait_ms(const struct record *rec);

#endif
