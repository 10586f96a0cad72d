/*
 * Lineage.  See lineage.h.  Each record names its ancestors, so that a chain
 * stays whole when tasks in its middle are cleaned up.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/record/record.h"
#include "daemon/session.h"
#include "daemon/task/inside.h"
#include "daemon/task/lineage.h"
#include "daemon/task/lookup.h"
#include "daemon/task/peer.h"

/* An environment may say any number; whatever it was, this is deep. */
#define DEPTH_MAX 1000

/*
 * Tasks in which nothing is started any more.  For as long as this daemon
 * lives, and no longer: with it go the requests that it has not answered.
 */
static uint64_t *closed;
static size_t n_closed;

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
	uint64_t inside = peer_inside(session);

	memset(lineage, 0, sizeof(*lineage));
	if (inside != 0)
		task = lookup_number(inside, &err);
	if (task == NULL)
		task = find_said(said);
	if (task != NULL)
		descend_from(&task->rec, lineage);
	else {
		lineage->parent = xstrdup(said);
		lineage->depth = depth_said(session);
	}
	lineage->foreign = task == NULL && peer_where(session) == WHERE_INSIDE;
	lineage->unknown = !peer_is_known(session);
	lineage->hidden = peer_hides(session);
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

bool
lineage_is_outside(const struct session *session)
{
	return peer_where(session) == WHERE_OUTSIDE &&
	    session_getenv(session, "CCPROC_TASK") == NULL;
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

/* Whether a task was started by the same one of another daemon, by name. */
static bool
is_sibling(const struct lineage *lineage, const struct record *rec)
{
	return lineage->parent != NULL && rec->from.parent != NULL &&
	    strcmp(lineage->parent, rec->from.parent) == 0;
}

int
lineage_check_change(const struct session *session, const struct record *rec,
    struct error *err)
{
	struct lineage lineage;
	const char *last = NULL;
	char *const *id;

	lineage_of(session, &lineage);
	for (id = lineage.ancestors; id != NULL && *id != NULL; id++)
		last = *id;
	error_clear(err);
	if (last != NULL && !lineage_descends(rec, id_number(last)))
		fail(err, ERR_INVALID,
		    "it was not started by %s, and what is inside of a task "
		    "changes only what that has started",
		    last);
	else if (lineage.foreign && !is_sibling(&lineage, rec))
		fail(err, ERR_INVALID,
		    "it was not started by this task of another daemon, and "
		    "what is inside of a task changes only what that has "
		    "started");
	else if (last == NULL && lineage.unknown && !rec->from.unknown_origin)
		fail(err, ERR_INVALID,
		    "a client whose process cannot be looked at changes no "
		    "task that another one has started");
	lineage_clear(&lineage);
	return err->code == ERR_NONE ? 0 : -1;
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

/*
 * One in another container has no process here; but what is inside of a task
 * always has one, and would leave its lineage by hiding it.
 */
static int
too_hidden(struct error *err)
{
	fail(err, ERR_INVALID,
	    "the process that has connected has ended, or has too many "
	    "ancestors: nobody can tell whether it is inside of a task; start "
	    "tasks from a process that stays until it has the answer");
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

static int
too_late(const char *id, struct error *err)
{
	fail(err, ERR_LIMIT,
	    "nothing more is started in %s, which was stopped with all that "
	    "it started",
	    id);
	return -1;
}

/* The first of them in which nothing is started any more, or NULL. */
static const char *
first_closed(char *const *id)
{
	for (; id != NULL && *id != NULL; id++)
		if (is_closed(id_number(*id)))
			return *id;
	return NULL;
}

int
lineage_check_reply(const struct session *session, const struct record *rec,
    struct error *err)
{
	char id[32];
	struct lineage lineage;
	const char *first;
	int result = 0;

	lineage_of(session, &lineage);
	snprintf(id, sizeof(id), TASK_ID, rec->number);
	first = first_closed(lineage.ancestors);
	if (first == NULL && (lineage.ancestors != NULL || lineage.unknown))
		first = is_closed(rec->number) ?
		    id :
		    first_closed(rec->from.ancestors);
	if (first != NULL)
		result = too_late(first, err);
	lineage_clear(&lineage);
	return result;
}

int
lineage_check(const struct lineage *lineage, size_t n, struct error *err)
{
	size_t below, most = (size_t)config_get()->agents.max_descendants;
	char *const *id = lineage->ancestors;
	uint64_t number;

	if (n == 0)
		return 0;
	if (lineage->hidden)
		return too_hidden(err);
	if (lineage->depth > config_get()->agents.max_depth)
		return too_deep(lineage, err);
	for (; id != NULL && *id != NULL; id++) {
		number = id_number(*id);
		if (is_closed(number))
			return too_late(*id, err);
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
		for (i = 0; task->rec.from.ancestors != NULL && i < n; i++)
			if (lineage_descends(&task->rec,
				task_record(list->tasks[i])->number)) {
				task_list_add(list, task);
				break;
			}
}
