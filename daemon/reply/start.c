/*
 * Starting tasks.  See start.h.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/config.h"
#include "daemon/os/slices.h"
#include "daemon/queue/depend.h"
#include "daemon/queue/queue.h"
#include "daemon/record/record.h"
#include "daemon/record/spec.h"
#include "daemon/reply/sliced.h"
#include "daemon/reply/start.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/task/probe.h"
#include "daemon/task/seen_before.h"

/* Paths that a call may have the daemon itself look for. */
#define LOOKS 200

/* A start, which may wait for its probe, and for its turn. */
struct start {
	struct mcp_call *call;
	struct mcp_work work; /* that is left meanwhile */
	const struct task_spec **specs;
	struct task **tasks; /* NULL: not accepted yet */
	size_t n;
	bool numbered;
	struct task_group group;
	struct later_spec then;
	struct probe *probe;
	/* while they are accepted */
	bool begun;
	bool recalled[TASKS_MAX_PER_CALL]; /* by their keys */
	struct depends *depends;
	struct task_spec **resolved;
	struct creation *creation;
	size_t acts; /* of the queue, since then */
	struct error err;
	TAILQ_ENTRY(start) entry;
};

/*
 * Calls are accepted one after another, each in slices, so that no other comes
 * in between: what they find of numbers, keys and limits holds until the end.
 */
static struct start *accepting;
static TAILQ_HEAD(, start) waiting = TAILQ_HEAD_INITIALIZER(waiting);
static struct slices *next; /* lets the first of them have its turn */

static void
start_free(struct start *start)
{
	size_t i;

	probe_free(start->probe);
	task_create_end(start->creation);
	if (start->depends != NULL)
		start->resolved = depend_end(start->depends, &start->err);
	if (start->resolved != NULL)
		depend_free(start->resolved, start->n);
	for (i = 0; i < start->n; i++)
		task_unref(start->tasks[i]);
	free(start->tasks);
	free(start->specs);
	free(start);
}

/* Finds the tasks whose key was used before. */
static int
recall_keys(struct start *start, struct error *err)
{
	const char *key;
	size_t i;

	for (i = 0; i < start->n; i++) {
		key = start->specs[i]->options.key;
		if (start->tasks[i] != NULL || key == NULL)
			continue;
		if (seen_before_key(key, &start->tasks[i], err) != 0)
			return -1;
		start->recalled[i] = start->tasks[i] != NULL;
	}
	return 0;
}

/* A key stands for one task, so the same has to be asked of it again. */
static int
check_recalled(const struct start *start, struct error *err)
{
	size_t i;

	error_clear(err);
	for (i = 0; i < start->n; i++)
		if (start->recalled[i] &&
		    !task_fits(start->tasks[i], start->resolved[i],
			tool_session(start->call)))
			fail_add(err, ERR_INVALID,
			    "key \"%.60s\" is " TASK_ID
			    "'s, which was asked to be something else; give "
			    "another key for another task",
			    start->specs[i]->options.key,
			    task_record(start->tasks[i])->number);
	return err->code == ERR_NONE ? 0 : -1;
}

/* Whether an earlier daemon has accepted all of them. */
static bool
all_known(const struct start *start)
{
	size_t i;

	for (i = 0; i < start->n; i++)
		if (start->tasks[i] == NULL)
			return false;
	return true;
}

/* Begins to look what the call's dependencies are. */
static int
begin(struct start *start, struct error *err)
{
	uint64_t numbers[TASKS_MAX_PER_CALL];

	if (all_known(start))
		return 0;
	if (config_check(err) != 0 || recall_keys(start, err) != 0)
		return -1;
	task_number(tool_session(start->call), mcp_call_ordinal(start->call),
	    start->tasks, start->n, numbers);
	start->depends = depend_begin(start->specs, numbers, start->n,
	    start->numbered);
	return 0;
}

/* Begins to create what the call asks for, its dependencies resolved. */
static int
create(struct start *start, struct error *err)
{
	start->resolved = depend_end(start->depends, err);
	start->depends = NULL;
	if (start->resolved == NULL || check_recalled(start, err) != 0)
		return -1;
	start->creation =
	    task_create_begin((const struct task_spec *const *)start->resolved,
		start->n, &start->group, tool_session(start->call),
		mcp_call_ordinal(start->call), start->tasks, err);
	return start->creation == NULL ? -1 : 0;
}

/* Accepts one task; false: all are accepted, or none with err. */
static bool
accept_one(struct start *start)
{
	if (!start->begun) {
		start->begun = true;
		error_clear(&start->err);
		return begin(start, &start->err) == 0;
	}
	if (start->depends != NULL)
		return depend_step(start->depends) ||
		    create(start, &start->err) == 0;
	if (start->creation == NULL)
		return false;
	if (task_create_step(start->creation, &start->err) != 1) {
		task_create_end(start->creation);
		start->creation = NULL;
	}
	return true;
}

/* Accepts one, or starts one. */
static bool
step(void *arg)
{
	struct start *start = arg;

	return accept_one(start) ||
	    (start->err.code == ERR_NONE &&
		start->acts++ < TASKS_MAX_PER_CALL && queue_step());
}

static struct mcp_reply accept_later(struct start *start);

/* It is the turn of the next call. */
static void
take_next(void *arg)
{
	struct start *start = TAILQ_FIRST(&waiting);
	struct mcp_call *call = start->call;

	(void)arg;
	next = NULL;
	TAILQ_REMOVE(&waiting, start, entry);
	mcp_call_finish(call, accept_later(start));
}

static bool
no_step(void *arg)
{
	(void)arg;
	return false;
}

/* The end of a call that was accepted, or could not be. */
static void
end(struct start *start)
{
	start_free(start);
	accepting = NULL;
	if (!TAILQ_EMPTY(&waiting))
		next = slices_new(no_step, take_next, NULL);
}

static struct mcp_reply
answer(struct mcp_call *call, void *arg)
{
	struct start *start = arg;
	struct mcp_reply reply;

	STEP("start-unanswered");
	reply = start->err.code != ERR_NONE ?
	    tool_failure(call, &start->err) :
	    later_wait(call, start->tasks, start->n, &start->then);
	end(start);
	return reply;
}

/* Nobody waits for the answer any more; what was asked for is done. */
static void
drop(void *arg)
{
	while (accept_one(arg))
		continue;
	end(arg);
}

static const struct sliced sliced = { step, answer, drop };

/* Takes start, and the only turn. */
static struct mcp_reply
accept(struct start *start)
{
	accepting = start;
	return sliced_reply(start->call, &sliced, start);
}

static struct mcp_reply
accept_later(struct start *start)
{
	accepting = start;
	return sliced_later(start->call, start->work, &sliced, start);
}

/* The same, of one that has not had its turn, and of those before it. */
static void
leave(void *arg)
{
	struct start *start = arg, *before;

	while (accepting != NULL && accept_one(accepting))
		continue;
	TAILQ_FOREACH(before, &waiting, entry) {
		while (accept_one(before))
			continue;
		if (before == start)
			break;
	}
	TAILQ_REMOVE(&waiting, start, entry);
	start_free(start);
	if (!TAILQ_EMPTY(&waiting))
		return;
	slices_free(next);
	next = NULL;
}

/* Whether no other call is accepted, or waits to be. */
static bool
has_turn(void)
{
	return accepting == NULL && TAILQ_EMPTY(&waiting);
}

/* Takes start. */
static struct mcp_reply
wait_for_turn(struct start *start)
{
	TAILQ_INSERT_TAIL(&waiting, start, entry);
	return mcp_reply_later(start->call, leave, start);
}

static void
probed(const struct error *problems, void *arg)
{
	struct start *start = arg;
	struct mcp_call *call = start->call;
	struct mcp_work work = start->work;

	STEP("start-probed");
	start->probe = NULL; /* frees itself after this */
	if (problems->code == ERR_NONE) {
		mcp_call_finish(call,
		    has_turn() ? accept_later(start) : wait_for_turn(start));
		return;
	}
	mcp_call_finish(call, tool_failure(call, problems));
	mcp_work(&work, MCP_WORKED);
	start_free(start);
}

static void
cancelled(void *arg)
{
	start_free(arg);
}

static bool
needs_session_cwd(const struct start *start)
{
	size_t i;

	for (i = 0; i < start->n; i++)
		if (start->specs[i]->cwd == NULL)
			return true;
	return false;
}

static bool
any_to_probe(const struct start *start)
{
	size_t i, looks = LOOKS;

	for (i = 0; i < start->n; i++)
		if (start->tasks[i] == NULL &&
		    probe_needed(start->specs[i], tool_session(start->call),
			&looks))
			return true;
	return false;
}

/* An earlier daemon may have accepted them, or some, or none. */
static int
recall(struct start *start, struct error *err)
{
	if (!mcp_call_replayed(start->call))
		return 0;
	return seen_before_request(tool_session(start->call),
	    mcp_call_ordinal(start->call), start->tasks, start->n, err);
}

static struct mcp_reply
probe_or_accept(struct start *start)
{
	struct mcp_reply reply;
	struct error err;

	if (!all_known(start) && config_check(&err) != 0)
		reply = tool_failure(start->call, &err);
	else if (any_to_probe(start)) {
		start->probe = probe_new(start->specs, start->n,
		    start->numbered, tool_session(start->call), probed, start,
		    &err);
		if (start->probe != NULL) {
			start->work = mcp_call_work(start->call);
			return mcp_reply_later(start->call, cancelled, start);
		}
		reply = tool_failure(start->call, &err);
	} else if (has_turn())
		return accept(start);
	else {
		start->work = mcp_call_work(start->call);
		return wait_for_turn(start);
	}
	start_free(start);
	return reply;
}

struct mcp_reply
start_specs(struct mcp_call *call, const struct task_spec *const *specs,
    size_t n, bool numbered, const struct task_group *group,
    const struct later_spec *then)
{
	struct start *start = xcalloc(1, sizeof(*start));
	struct mcp_reply reply;
	struct error err;

	start->call = call;
	start->n = n;
	start->numbered = numbered;
	start->specs = xcalloc(n + 1, sizeof(*start->specs));
	start->tasks = xcalloc(n + 1, sizeof(*start->tasks));
	memcpy(start->specs, specs, n * sizeof(*specs));
	start->group = *group;
	start->then = *then;
	if (recall(start, &err) != 0)
		reply = tool_failure(call, &err);
	else if (tool_session(call)->cwd != NULL || !needs_session_cwd(start))
		return probe_or_accept(start);
	else {
		fail(&err, ERR_INVALID,
		    "cwd: this session's own directory %s; give one",
		    tool_session(call)->cwd_gone ? "has been removed" :
						   "is no absolute UTF-8 path");
		reply = tool_failure(call, &err);
	}
	start_free(start);
	return reply;
}
