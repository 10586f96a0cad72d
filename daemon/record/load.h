/*
 * Reading records from disk: what was asked, the run that counts, how that
 * ended.
 */
#ifndef DAEMON_RECORD_LOAD_H
#define DAEMON_RECORD_LOAD_H

struct agent_result;
struct error;
struct record;
struct run;

/*
 * Reads the task directory dirfd: spec.json, then of one run (NULL: the
 * current one) run.json, exit.json, result.json, seen.  Without an exit
 * record the state is queued.  Fills rec, which has only its place.
 */
int record_load(struct record *rec, int dirfd, const struct run *run,
    struct error *err);

/*
 * Reads exit.json into rec->exit; ERR_NOT_FOUND when there is none, ERR_NEWER
 * when it is of a later version.
 */
int record_read_exit(struct record *rec, int dirfd, struct error *err);
/* Returns the result in the output of a run's directory; the caller frees. */
struct agent_result *record_read_output(const struct record *rec, int dirfd);
/* Returns the result of run n of a task directory, which the caller frees. */
struct agent_result *record_result_of(const struct record *rec, int taskfd,
    unsigned n);
/*
 * Gives a run that ended before it said anything the result of those before
 * it, so that what there is stays in sight.
 */
void record_inherit_result(struct record *rec, int taskfd);

#endif
