/*
 * start_tasks: start up to fifty tasks as a group, ids at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/queue/queue.h"
#include "daemon/record/record.h"
#include "daemon/record/spec.h"
#include "daemon/reply/start.h"
#include "daemon/reply/task_handle.h"
#include "daemon/reply/tool.h"
#include "daemon/task/task.h"
#include "daemon/tools/tools.h"
#include "daemon/view/call.h"
#include "daemon/view/group.h"
#include "json/schema.h"

struct start_args {
	struct field_array tasks;
	char *group;
	int64_t max_parallel;
	double max_budget_usd;
	int64_t notify; /* enum notify */
};

static const struct field fields[] = {
	OBJECTS(struct start_args, tasks, struct task_spec,
	    .fields = task_spec_fields, .required = true, .min = 1,
	    .max = TASKS_MAX_PER_CALL, .names_only = true,
	    .help = "Each as in run_task."),
	STRING(struct start_args, group, .min = 1, .max = LABEL_MAX_CHARS,
	    .help = "Its name, usable as id."),
	INTEGER(struct start_args, max_parallel, .min = 1, .max = 64,
	    .help = "At once."),
	NUMBER(struct start_args, max_budget_usd, .hidden = true,
	    .help = "Of all."),
	CHOICE(struct start_args, notify, .choices = notify_choices,
	    .help = "When to wake you; default all."),
	END_OF_FIELDS,
};

static void check(const void *arguments, struct error *problems);
static struct mcp_reply start_tasks(struct mcp_call *call,
    const void *arguments);

const struct mcp_tool start_tasks_tool = {
	.name = "start_tasks",
	.description =
	    "Start up to 50 tasks as a group and return their ids at once. They "
	    "run in parallel, and wake you at the end where the client can.",
	.fields = fields,
	.size = sizeof(struct start_args),
	.flags = MCP_ALWAYS_LOAD,
	.check = check,
	.call = start_tasks,
};

static void
add_slots(struct buf *out, struct task *const *tasks, size_t n)
{
	bool agents = false, commands = false, agent;
	size_t i;

	for (i = 0; i < n; i++) {
		agent = record_is_agent(task_record(tasks[i]));
		agents |= agent;
		commands |= !agent;
	}
	buf_puts(out, " (");
	if (commands)
		buf_printf(out, "%zu of %zu slots%s", task_count_running(false),
		    queue_slots(false), agents ? " for commands, " : "");
	if (agents)
		buf_printf(out, "%zu of %zu %sslots", task_count_running(true),
		    queue_slots(true), commands ? "agent " : "");
	buf_puts(out, ")");
}

/* Returns the group of all tasks, or NULL: a key may find one of another. */
static const char *
group_of(struct task *const *tasks, size_t n)
{
	const char *first = task_record(tasks[0])->from.group, *group;
	size_t i;

	for (i = 1; i < n && first != NULL; i++) {
		group = task_record(tasks[i])->from.group;
		if (group == NULL || strcmp(group, first) != 0)
			return NULL;
	}
	return first;
}

static void
add_started(struct buf *out, struct task *const *tasks, size_t n)
{
	const char *group = group_of(tasks, n);

	buf_printf(out, "started%s%s: ", group == NULL ? "" : " ",
	    group == NULL ? "" : group);
	view_started(tasks, n, out);
	add_slots(out, tasks, n);
}

/* Answers with a handle, by which the client is told when the group is done. */
static bool
hands_over(struct mcp_call *call, const struct start_args *args,
    struct task *const *tasks, size_t n, const char *line,
    struct mcp_reply *reply)
{
	struct task_handle handle;

	if (args->notify == NOTIFY_NONE || !mcp_call_can(call, MCP_CAN_TASKS) ||
	    !task_handle_of(tasks, n, &handle))
		return false;
	if (handle.group)
		*reply = task_handle_reply(call, &handle, line);
	task_handle_clear(&handle);
	return handle.group;
}

static struct mcp_reply
answer(struct mcp_call *call, const void *arguments, struct task *const *tasks,
    size_t n, const char *note)
{
	struct buf out = { 0 };
	struct mcp_reply reply;

	add_started(&out, tasks, n);
	if (hands_over(call, arguments, tasks, n, out.data, &reply)) {
		buf_clear(&out);
		return reply;
	}
	buf_printf(&out, "%s\nnext: ", note);
	call_check_all(tasks, n, group_of(tasks, n), tool_next_wait_s(call),
	    &out);
	buf_puts(&out, " when you need the results");
	reply = mcp_reply_text(call, out.data);
	buf_clear(&out);
	return reply;
}

static const struct task_spec *
spec_at(const struct start_args *args, size_t i)
{
	return (const struct task_spec *)args->tasks.items + i;
}

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* A label is an id and a key stands for one task, so both must be unique. */
static void
check_names(const struct start_args *args, size_t i, struct error *problems)
{
	const struct task_spec *spec = spec_at(args, i), *other;
	size_t j;

	for (j = 0; j < i; j++) {
		other = spec_at(args, j);
		if (same(spec->label, other->label))
			fail_add(problems, ERR_INVALID,
			    "tasks[%zu].label: \"%s\" is tasks[%zu]'s already",
			    i, spec->label, j);
		if (same(spec->options.key, other->options.key))
			fail_add(problems, ERR_INVALID,
			    "tasks[%zu].options.key: \"%.60s\" is "
			    "tasks[%zu]'s already",
			    i, spec->options.key, j);
	}
}

static void
check(const void *arguments, struct error *problems)
{
	const struct start_args *args = arguments;
	char where[32];
	size_t i;

	task_label_check(args->group, "", "group", problems);
	for (i = 0; i < args->tasks.n; i++) {
		snprintf(where, sizeof(where), "tasks[%zu].", i);
		task_spec_check(spec_at(args, i), where, problems);
		check_names(args, i, problems);
	}
}

static struct mcp_reply
start_tasks(struct mcp_call *call, const void *arguments)
{
	const struct start_args *args = arguments;
	const struct task_spec *specs[TASKS_MAX_PER_CALL];
	const struct task_group group = { .grouped = true,
		.name = args->group,
		.max_parallel = args->max_parallel,
		.max_budget_usd = args->max_budget_usd,
		.notify = args->notify };
	const struct later_spec then = { .until = WAIT_STARTED,
		.wait_s = CALL_START_S,
		.answer = answer,
		.args = args };
	size_t i;

	for (i = 0; i < args->tasks.n; i++)
		specs[i] = spec_at(args, i);
	return start_specs(call, specs, args->tasks.n, true, &group, &then);
}
