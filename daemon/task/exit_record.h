/*
 * Inside of this room: exit records that the daemon writes itself, for runs
 * that never began and for those whose keeper was killed.
 */
#ifndef DAEMON_TASK_EXIT_RECORD_H
#define DAEMON_TASK_EXIT_RECORD_H

#include "common/exitrec.h"

struct error;
struct record;

/*
 * Fills in rec->exit, unless it is complete already: its keeper was killed
 * before the rename, and what it has written counts.
 */
void exit_record_fill(struct record *rec, enum stop_reason reason,
    const char *note);
/*
 * Writes rec->exit under the claim, so that no keeper writes one, too;
 * ERR_BUSY: a keeper has the claim, or had it until now.
 */
int exit_record_write(const struct record *rec, struct error *err);
/* Does both; on failure rec is what it was. */
int exit_record_make(struct record *rec, enum stop_reason reason,
    const char *note, struct error *err);

#endif
