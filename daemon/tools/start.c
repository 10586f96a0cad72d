/*
 * Starting tasks.  See start.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/session.h"
#include "daemon/tasks/depend.h"
#include "daemon/tasks/probe.h"
#include "daemon/tasks/queue.h"
#include "daemon/tasks/spec.h"
#include "daemon/tasks/store.h"
#include "daemon/tools/start.h"

/* A start that waits for its probe. */
struct start {
	struct mcp_call *call;
	const struct task_spec **specs;
	size_t n;
	bool numbered;
	struct task_group group;
	struct pending_spec then;
	struct probe *probe;
};

static void
start_free(struct start *start)
{
	probe_free(start->probe);
	free(start->specs);
	free(start);
}

/* Accepts what the call asks for, its dependencies resolved. */
static int
create(struct start *start, struct task **tasks, struct error *err)
{
	struct task_spec **specs;
	int result;

	specs = depend_resolve(start->specs, start->n, store_last_number() + 1,
	    start->numbered, err);
	if (specs == NULL)
		return -1;
	result = task_create((const struct task_spec *const *)specs, start->n,
	    &start->group, tool_session(start->call),
	    mcp_call_ordinal(start->call), tasks, err);
	depend_free(specs, start->n);
	return result;
}

static struct mcp_reply
accept(struct start *start)
{
	struct task **tasks = xcalloc(start->n, sizeof(*tasks));
	struct mcp_reply reply;
	struct error err;
	size_t i;

	if (create(start, tasks, &err) != 0)
		reply = tool_failure(start->call, &err);
	else {
		queue_run();
		reply = pending_wait(start->call, tasks, start->n,
		    &start->then);
		for (i = 0; i < start->n; i++)
			task_unref(tasks[i]);
	}
	free(tasks);
	return reply;
}

static void
probed(const struct error *problems, void *arg)
{
	struct start *start = arg;
	struct mcp_reply reply;

	start->probe = NULL; /* frees itself behind this */
	if (problems->code != ERR_NONE)
		reply = tool_failure(start->call, problems);
	else
		reply = accept(start);
	(void)reply;
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
	size_t i;

	for (i = 0; i < start->n; i++)
		if (probe_needed(start->specs[i]))
			return true;
	return false;
}

static struct mcp_reply
probe_or_accept(struct start *start)
{
	struct mcp_reply reply;
	struct error err;

	if (any_to_probe(start)) {
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
    const struct pending_spec *then)
{
	struct start *start = xcalloc(1, sizeof(*start));
	struct mcp_reply reply;

	start->call = call;
	start->n = n;
	start->numbered = numbered;
	start->specs = xcalloc(n + 1, sizeof(*start->specs));
	memcpy(start->specs, specs, n * sizeof(*specs));
	start->group = *group;
	start->then = *then;
	if (tool_session(call)->cwd != NULL || !needs_session_cwd(start))
		return probe_or_accept(start);
	reply = mcp_reply_failure(call,
	    "cwd: this session's own directory is "
	    "no absolute UTF-8 path; give one");
	start_free(start);
	return reply;
}
