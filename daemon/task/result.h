/*
 * Inside of this room: what the output of an agent's run came to.
 */
#ifndef DAEMON_TASK_RESULT_H
#define DAEMON_TASK_RESULT_H

struct record;

/*
 * Reads the result of rec's run, which has ended, from its output; keeps it
 * as result.json and notes its cost.  -1: it cannot be read just now.
 */
int result_take(struct record *rec);

/*
 * For a run that ended before it said anything: the result of the runs
 * before it, so that what there is stays in sight.
 */
void result_inherit(struct record *rec);

#endif
