/*
 * What the run of an agent came to: how `claude -p` ends, as one table of
 * reasons with a hint for each of what to do.
 */
#ifndef DAEMON_RECORD_OUTCOME_H
#define DAEMON_RECORD_OUTCOME_H

#include <stdbool.h>

#include "daemon/record/record.h"

/*
 * Why an agent that exited by itself failed, from its exit code and result;
 * REASON_NONE: it did what it was asked to.
 */
enum task_reason outcome_reason(const struct record *rec);

/*
 * Whether it had given its result and did not end, so that it was stopped:
 * how it ended then says nothing.
 */
bool outcome_lingered(const struct record *rec);

/*
 * Whether it has done all that it was asked to, also when it was stopped
 * meanwhile; a denied permission does not count here.
 */
bool outcome_is_success(const struct record *rec);

/*
 * Returns what to do about an agent that ended otherwise than completed, as
 * one line, or NULL; the caller frees.
 */
char *outcome_hint(const struct record *rec);

#endif
