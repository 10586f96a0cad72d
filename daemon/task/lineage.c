/*
 * Lineage.  See lineage.h.  Each record names its ancestors, so that a chain
 * stays whole when tasks in its middle are cleaned up.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "common/ancestor.h"
#include "common/error.h"
#include "common/id.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/os/helper.h"
#include "daemon/os/process.h"
#include "daemon/record/record.h"
#include "daemon/session.h"
#include "daemon/store/files.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/inside.h"
#include "daemon/task/lineage.h"
#include "daemon/task/lookup.h"

/* An environment may say any number; whatever it was, this is deep. */
#define DEPTH_MAX 1000
/* /proc may change while we walk: who walks on for ever, or again. */
#define WALK_MAX 1000
#define WALKS 3

/*
 * Tasks in which nothing is started any more.  For as long as this daemon
 * lives, and no longer: with it go the requests that it has not answered.
 */
static uint64_t *closed;
static size_t n_closed;

static uint64_t
kept_by(pid_t keeper)
{
	struct task *task = NULL;

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

/*
 * Whether the keeper of the task is dead, and not all that it has left.  One
 * that has recorded the end has ended all of it before.
 */
static bool
has_orphans(const struct task *task)
{
	return task->phase == TASK_ORPHANED ||
	    (task->phase == TASK_RUNNING && task->keeper != NULL &&
		process_has_ended(task->keeper) &&
		store_file_bytes(task->rec.dir, "exit.json") == 0);
}

/*
 * A task that has killed its keeper has lost what it is found by, for as long
 * as it takes to end it.  It cannot join a session that is older than itself.
 */
static bool
may_be_orphan(const struct ancestor *process)
{
	struct ancestor leader;
	struct task *task = NULL;
	bool known = ancestor_read(process->session, &leader);

	while ((task = task_next_live(task)) != NULL)
		if (has_orphans(task) &&
		    (!known || leader.started >= task->rec.exit.keeper_start))
			return true;
	return false;
}

/*
 * A keeper of ours that has no live task ends one that is over, and whose
 * that was is not known here.
 */
static enum session_where
walk(pid_t pid, uint64_t *number)
{
	struct ancestor ancestor = { .started = INT64_MAX }, first = { 0 };
	enum session_where where = WHERE_OUTSIDE;
	bool lost = pid < 1;
	int i;

	*number = 0;
	for (i = 0; i < WALK_MAX && step_up(&pid, &ancestor, &lost); i++) {
		if (i == 0)
			first = ancestor;
		if (ancestor.keeper && (*number = kept_by(pid)) != 0)
			return WHERE_INSIDE;
		if (ancestor.keeper && ancestor_keeps(pid, store_root()))
			lost = true;
		if (lost)
			break;
		if (ancestor.keeper)
			where = WHERE_INSIDE;
		pid = ancestor.parent;
	}
	if (lost || i == 0 || i == WALK_MAX)
		return WHERE_UNKNOWN;
	return where == WHERE_OUTSIDE && may_be_orphan(&first) ? WHERE_UNKNOWN :
								 where;
}

/* An ancestor that ends under the walk is no reason to know nothing. */
enum session_where
lineage_where(pid_t pid, uint64_t *number)
{
	enum session_where where = WHERE_UNKNOWN;
	int i;

	for (i = 0; i < WALKS && where == WHERE_UNKNOWN; i++)
		where = walk(pid, number);
	return where;
}

static int64_t
depth_said(const struct session *session)
{
	const char *text = session_getenv(session, "CCPROC_DEPTH");
	long depth = text == NULL ? 0 : strtol(text, NULL, 10);

	return depth < 0 || depth >= DEPTH_MAX ? DEPTH_MAX : depth + 1;
}

/* "t9-UUID", if there is such a task here; returns a reference or NULL. */
static struct task *
find_said(const char *name)
{
	struct error err;
	struct task *task;
	char *end;
	uint64_t number;

	if (name == NULL || name[0] != 't')
		return NULL;
	number = strtoull(name + 1, &end, 10);
	if (number == 0 || *end != '-')
		return NULL;
	task = lookup_number(number, &err);
	if (task == NULL || strcmp(task->rec.from.uuid, end + 1) == 0)
		return task;
	task_unref(task);
	return NULL;
}

static void
descend_from(const struct record *rec, struct lineage *lineage)
{
	const struct record_origin *from = &rec->from;
	char *id = xasprintf(TASK_ID, rec->number);

	lineage->parent = xasprintf(TASK_NAME, rec->number, from->uuid);
	lineage->ancestors = strv_dup(from->ancestors);
	lineage->ancestors = strv_add(lineage->ancestors, id);
	lineage->depth = from->depth + 1;
	free(id);
}

void
lineage_of(const struct session *session, struct lineage *lineage)
{
	const char *said = session_getenv(session, "CCPROC_TASK");
	struct task *task = NULL;
	struct error err;

	memset(lineage, 0, sizeof(*lineage));
	if (session->inside != 0)
		task = lookup_number(session->inside, &err);
	if (task == NULL)
		task = find_said(said);
	if (task != NULL)
		descend_from(&task->rec, lineage);
	else {
		lineage->parent = xstrdup(said);
		lineage->depth = depth_said(session);
	}
	lineage->unknown = session->where == WHERE_UNKNOWN;
	if (lineage->unknown && lineage->depth < config_get()->agents.max_depth)
		lineage->depth = config_get()->agents.max_depth;
	task_unref(task);
}

void
lineage_clear(struct lineage *lineage)
{
	free(lineage->parent);
	strv_free(lineage->ancestors);
	memset(lineage, 0, sizeof(*lineage));
}

/* Whether that task is among ancestors. */
static bool
has(char *const *id, uint64_t number)
{
	for (; id != NULL && *id != NULL; id++)
		if (id_number(*id) == number)
			return true;
	return false;
}

bool
lineage_includes(const struct session *session, uint64_t number)
{
	struct lineage lineage;
	bool includes;

	lineage_of(session, &lineage);
	includes = has(lineage.ancestors, number);
	lineage_clear(&lineage);
	return includes;
}

/* "this task is t12, started by t9, started by t7" */
static void
add_chain(const struct lineage *lineage, struct buf *out)
{
	const char *parent = lineage->parent;
	size_t i = strv_len(lineage->ancestors);

	if (i == 0) { /* all that is known is from the environment */
		buf_printf(out, "this task is %.*s (%" PRId64 " deep)",
		    parent == NULL ? 7 : (int)strcspn(parent, "-"),
		    parent == NULL ? "unknown" : parent, lineage->depth - 1);
		return;
	}
	buf_printf(out, "this task is %s", lineage->ancestors[--i]);
	while (i > 0)
		buf_printf(out, ", started by %s", lineage->ancestors[--i]);
}

static int
too_deep(const struct lineage *lineage, struct error *err)
{
	char *const *ancestors = lineage->ancestors;
	struct buf text = { 0 };

	add_chain(lineage, &text);
	buf_printf(&text,
	    ": tasks may start tasks %" PRId64
	    " deep; do the work here, or return and let the session that "
	    "started %s start it",
	    config_get()->agents.max_depth,
	    ancestors == NULL ? "the first of them" : ancestors[0]);
	fail(err, ERR_LIMIT, "%s", text.data);
	buf_clear(&text);
	return -1;
}

bool
lineage_descends(const struct record *rec, uint64_t number)
{
	return has(rec->from.ancestors, number);
}

static size_t
live_below(uint64_t number)
{
	struct task *task = NULL;
	size_t n = 0;

	while ((task = task_next_live(task)) != NULL)
		n += !record_ended(&task->rec) &&
		    lineage_descends(&task->rec, number);
	return n;
}

static int
too_many(const struct lineage *lineage, const char *id, size_t below, size_t n,
    struct error *err)
{
	struct buf text = { 0 };

	add_chain(lineage, &text);
	fail(err, ERR_LIMIT,
	    "%s: %zu tasks that %s has started, by itself or by others, have "
	    "not ended, %zu more would be more than the %" PRId64
	    " allowed (agents.max_descendants); wait for some of them, "
	    "list_tasks {\"tree\":\"%s\",\"scope\":\"active\"} shows them",
	    text.data, below, id, n, config_get()->agents.max_descendants, id);
	buf_clear(&text);
	return -1;
}

static bool
is_closed(uint64_t number)
{
	size_t i;

	for (i = 0; i < n_closed; i++)
		if (closed[i] == number)
			return true;
	return false;
}

int
lineage_check(const struct lineage *lineage, size_t n, struct error *err)
{
	size_t below, most = (size_t)config_get()->agents.max_descendants;
	char *const *id = lineage->ancestors;
	uint64_t number;

	if (n == 0)
		return 0;
	if (lineage->depth > config_get()->agents.max_depth)
		return too_deep(lineage, err);
	for (; id != NULL && *id != NULL; id++) {
		number = id_number(*id);
		if (is_closed(number)) {
			fail(err, ERR_LIMIT,
			    "nothing more is started in %s, which was stopped "
			    "with all that it started",
			    *id);
			return -1;
		}
		below = live_below(number);
		if (below + n > most)
			return too_many(lineage, *id, below, n, err);
	}
	return 0;
}

static void
close_one(uint64_t number)
{
	if (is_closed(number))
		return;
	closed = xreallocarray(closed, n_closed + 1, sizeof(*closed));
	closed[n_closed++] = number;
}

void
lineage_open(uint64_t number)
{
	size_t i;

	for (i = 0; i < n_closed; i++)
		if (closed[i] == number)
			closed[i--] = closed[--n_closed];
}

void
lineage_close(struct task_list *list)
{
	struct task *task = NULL;
	size_t i, n = list->n;

	for (i = 0; i < n; i++)
		close_one(task_record(list->tasks[i])->number);
	while ((task = task_next_live(task)) != NULL)
		for (i = 0; i < n; i++)
			if (lineage_descends(&task->rec,
				task_record(list->tasks[i])->number)) {
				task_list_add(list, task);
				break;
			}
}
