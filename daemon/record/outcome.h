/*
 * How a task ended, by its exit record and, for an agent, its result: one
 * table of reasons with a hint for each of what to do.
 */
#ifndef DAEMON_RECORD_OUTCOME_H
#define DAEMON_RECORD_OUTCOME_H

#include "daemon/record/record.h"

/*
 * State and reason are set here only: of a run that has ended, from its exit
 * record and result; of one that has not, by who knows how it stands.
 */
void outcome_judge(struct record *rec);
void outcome_stands(struct record *rec, enum task_state state);

/*
 * Returns what to do about an agent that ended otherwise than completed, as
 * one line, or NULL; the caller frees.
 */
char *outcome_hint(const struct record *rec);

#endif
