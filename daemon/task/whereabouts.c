/*
 * Where processes are.  See whereabouts.h.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>

#include "common/ancestor.h"
#include "daemon/os/helper.h"
#include "daemon/os/process.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/inside.h"
#include "daemon/task/whereabouts.h"

/*
 * /proc may change while we walk: who walks on for ever, or again.  A chain of
 * more processes would cost a turn of the loop too much, at each connection.
 */
#define WALK_MAX 200
#define WALKS 3

static LIST_HEAD(, kept_run) kept_runs = LIST_HEAD_INITIALIZER(kept_runs);

void
whereabouts_know(struct kept_run *run)
{
	LIST_INSERT_HEAD(&kept_runs, run, entry);
}

void
whereabouts_forget(struct kept_run *run)
{
	LIST_REMOVE(run, entry);
}

/* One that has ended may have left its number to the keeper of a task. */
static const struct kept_run *
find_kept(pid_t pid)
{
	const struct kept_run *run;

	LIST_FOREACH(run, &kept_runs, entry)
		if (run->keeper != NULL && process_pid(run->keeper) == pid &&
		    !process_has_ended(run->keeper))
			return run;
	return NULL;
}

static uint64_t
kept_by(pid_t keeper)
{
	const struct kept_run *run = find_kept(keeper);
	struct task *task = NULL;

	if (run != NULL)
		return run->number;
	while ((task = task_next_live(task)) != NULL)
		if (task_keeper_pid(task) == keeper)
			return task->rec.number;
	return helper_task(keeper);
}

/*
 * A process of another user that hides from us is no keeper of ours, nor is
 * what is above it: there the walk is at its end.
 */
static bool
is_hidden(pid_t pid)
{
	return kill(pid, 0) == -1 && errno == EPERM;
}

/*
 * Takes one step up; false: nothing is above.  A parent is never younger
 * than its child: who is has the number of one that has ended meanwhile.
 */
static bool
step_up(pid_t *pid, struct ancestor *ancestor, bool *lost)
{
	int64_t before = ancestor->started;

	if (*pid <= 1)
		return false;
	if (!ancestor_read(*pid, ancestor)) {
		*lost = !is_hidden(*pid);
		return false;
	}
	*lost = before < ancestor->started;
	return !*lost;
}

/* One that has recorded the end has ended all that belonged to it before. */
static bool
is_recorded(const struct record *rec)
{
	return store_file_bytes(rec->dir, "exit.json") > 0;
}

static bool
has_died(const struct process *keeper, const struct record *rec)
{
	return keeper != NULL && process_has_ended(keeper) && !is_recorded(rec);
}

/* Whether the keeper of the task is dead, and not all that it has left. */
static bool
has_orphans(const struct task *task)
{
	switch (task->phase) {
	case TASK_ORPHANED:
		return true;
	case TASK_STARTING:
	case TASK_RUNNING:
		return has_died(task->keeper, &task->rec);
	case TASK_UNSEEN:
		return task->rec.state != STATE_QUEUED &&
		    !is_recorded(&task->rec);
	default:
		return false;
	}
}

/*
 * A task that has killed its keeper, or that of its hook, has lost what it is
 * found by, for as long as it takes to end it.  It cannot join a session that
 * is older than itself.
 */
static bool
may_be_orphan(const struct ancestor *process)
{
	struct ancestor leader;
	const struct kept_run *run;
	struct task *task = NULL;
	int64_t since = ancestor_read(process->session, &leader) ?
	    leader.started :
	    INT64_MAX;

	while ((task = task_next_live(task)) != NULL)
		if (has_orphans(task) && since >= task->rec.exit.keeper_start)
			return true;
	LIST_FOREACH(run, &kept_runs, entry)
		if (run->number != 0 && since >= run->rec->exit.keeper_start &&
		    (run->orphaned || has_died(run->keeper, run->rec)))
			return true;
	return false;
}

/*
 * A keeper of ours that has no live task ends one that is over, and whose
 * that was is not known here.
 */
static enum where
walk(pid_t pid, uint64_t *number)
{
	struct ancestor ancestor = { .started = INT64_MAX }, first = { 0 };
	enum where where = WHERE_OUTSIDE;
	bool lost = false;
	int i;

	for (i = 0; i < WALK_MAX && step_up(&pid, &ancestor, &lost); i++) {
		if (i == 0)
			first = ancestor;
		if (ancestor.keeper && (*number = kept_by(pid)) != 0)
			return WHERE_INSIDE;
		if (ancestor.keeper && find_kept(pid) == NULL) {
			if (ancestor_keeps(pid, store_root()))
				return WHERE_UNKNOWN;
			where = WHERE_INSIDE;
		}
		pid = ancestor.parent;
	}
	if (i == 0 || i == WALK_MAX)
		return WHERE_UNKNOWN;
	if (lost)
		return WHERE_UNSURE;
	return where == WHERE_OUTSIDE && may_be_orphan(&first) ? WHERE_UNSURE :
								 where;
}

/* An ancestor that ends under the walk is no reason to know nothing. */
enum where
whereabouts(pid_t pid, uint64_t *number)
{
	enum where where = WHERE_UNSURE;
	int i;

	*number = 0;
	if (pid < 1)
		return WHERE_UNKNOWN;
	for (i = 0; i < WALKS && where == WHERE_UNSURE; i++)
		where = walk(pid, number);
	return where;
}
