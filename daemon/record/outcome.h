/*
 * How a task ended, by its exit record and, for an agent, its result: one
 * table of reasons with a hint for each of what to do.
 */
#ifndef DAEMON_RECORD_OUTCOME_H
#define DAEMON_RECORD_OUTCOME_H

struct record;

/* Sets state and reason of a task that ended, from exit and result. */
void outcome_judge(struct record *rec);

/*
 * Returns what to do about an agent that ended otherwise than completed, as
 * one line, or NULL; the caller frees.
 */
char *outcome_hint(const struct record *rec);

#endif
