/*
 * Starting tasks.  See start.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/config.h"
#include "daemon/queue/depend.h"
#include "daemon/queue/queue.h"
#include "daemon/record/record.h"
#include "daemon/record/spec.h"
#include "daemon/reply/start.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/task/probe.h"
#include "daemon/task/seen_before.h"

/* Paths that a call may have the daemon itself look for. */
#define LOOKS 200

/* A start that waits for its probe. */
struct start {
	struct mcp_call *call;
	const struct task_spec **specs;
	struct task **tasks; /* NULL: not accepted yet */
	size_t n;
	bool numbered;
	struct task_group group;
	struct later_spec then;
	struct probe *probe;
};

static void
start_free(struct start *start)
{
	size_t i;

	probe_free(start->probe);
	for (i = 0; i < start->n; i++)
		task_unref(start->tasks[i]);
	free(start->tasks);
	free(start->specs);
	free(start);
}

/* Finds the tasks whose key was used before. */
static int
recall_keys(struct start *start, bool *recalled, struct error *err)
{
	const char *key;
	size_t i;

	for (i = 0; i < start->n; i++) {
		key = start->specs[i]->options.key;
		recalled[i] = false;
		if (start->tasks[i] != NULL || key == NULL)
			continue;
		if (seen_before_key(key, &start->tasks[i], err) != 0)
			return -1;
		recalled[i] = start->tasks[i] != NULL;
	}
	return 0;
}

/* A key stands for one task, so the same has to be asked of it again. */
static int
check_recalled(const struct start *start, const bool *recalled,
    struct task_spec *const *specs, struct error *err)
{
	size_t i;

	error_clear(err);
	for (i = 0; i < start->n; i++)
		if (recalled[i] &&
		    !task_fits(start->tasks[i], specs[i],
			tool_session(start->call)))
			fail_add(err, ERR_INVALID,
			    "key \"%.60s\" is " TASK_ID
			    "'s, which was asked to be something else; give "
			    "another key for another task",
			    specs[i]->options.key,
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

/* Accepts what the call asks for, its dependencies resolved. */
static int
create(struct start *start, struct error *err)
{
	uint64_t numbers[TASKS_MAX_PER_CALL];
	bool recalled[TASKS_MAX_PER_CALL];
	struct task_spec **specs;
	int result;

	if (recall_keys(start, recalled, err) != 0)
		return -1;
	task_number(tool_session(start->call), mcp_call_ordinal(start->call),
	    start->tasks, start->n, numbers);
	specs = depend_resolve(start->specs, numbers, start->n, start->numbered,
	    err);
	if (specs == NULL)
		return -1;
	result = check_recalled(start, recalled, specs, err);
	if (result == 0)
		result = task_create((const struct task_spec *const *)specs,
		    start->n, &start->group, tool_session(start->call),
		    mcp_call_ordinal(start->call), start->tasks, err);
	depend_free(specs, start->n);
	return result;
}

static struct mcp_reply
accept(struct start *start)
{
	struct error err;

	if (!all_known(start) &&
	    (config_check(&err) != 0 || create(start, &err) != 0))
		return tool_failure(start->call, &err);
	queue_run();
	STEP("start-unanswered");
	return later_wait(start->call, start->tasks, start->n, &start->then);
}

static void
probed(const struct error *problems, void *arg)
{
	struct start *start = arg;
	struct mcp_reply reply;

	STEP("start-probed");
	start->probe = NULL; /* frees itself after this */
	if (problems->code != ERR_NONE)
		reply = tool_failure(start->call, problems);
	else
		reply = accept(start);
	mcp_call_finish(start->call, reply);
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
		if (start->probe != NULL)
			return mcp_reply_later(start->call, cancelled, start);
		reply = tool_failure(start->call, &err);
	} else
		reply = accept(start);
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
