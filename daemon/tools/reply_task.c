/*
 * reply_task: go on in the conversation of an agent.
 */
#include <stddef.h>

#include "common/error.h"
#include "common/schema.h"
#include "daemon/session.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/resolve.h"
#include "daemon/tasks/task.h"
#include "daemon/tools/await.h"
#include "daemon/tools/targets.h"
#include "daemon/tools/tools.h"

struct reply_args {
	char *id;
	char *message;
	int64_t fork;
	char *model;
	struct await_wish wish;
};

static const struct field fields[] = { STRING(struct reply_args, id,
					   .required = true, .min = 1),
	STRING(struct reply_args, message, .required = true, .min = 1,
	    .help = "For the agent; a running one hears it at its end."),
	BOOLEAN(struct reply_args, fork,
	    .help = "In a copy of the conversation."),
	STRING(struct reply_args, model, .min = 1),
	EMBED(struct reply_args, wish, struct await_wish,
	    .fields = await_wish_fields),
	END_OF_FIELDS };

static int
choose(struct mcp_call *call, const void *arguments, struct task_list *list,
    struct error *err)
{
	const struct reply_args *args = arguments;
	char *ids[] = { args->id, NULL };

	(void)call;
	if (resolve_ids(ids, list, err) != 0)
		return -1;
	if (list->n == 1)
		return 0;
	fail(err, ERR_INVALID, "id: %.60s is %zu tasks; name one", args->id,
	    list->n);
	task_list_clear(list);
	return -1;
}

/* The run that this call has asked for; of its answer only that is told. */
static struct mcp_reply
answer(struct mcp_call *call, const void *arguments, struct task *const *tasks,
    size_t n, const char *note)
{
	const struct reply_args *args = arguments;
	unsigned turn = task_was_replied(tasks[0], tool_session(call),
	    mcp_call_ordinal(call));

	(void)n;
	return await_reply(call, &args->wish, tasks[0], turn, note);
}

/* Returns a reference to the live task, or what became of it since. */
static struct task *
send_message(struct mcp_call *call, const struct reply_args *args,
    struct task *task, struct error *err)
{
	const struct session *session = tool_session(call);
	const struct task_message message = { .text = args->message,
		.model = args->model,
		.fork = args->fork != 0,
		.result_chars = await_chars(&args->wish) };

	if (mcp_call_replayed(call) &&
	    task_was_replied(task, session, mcp_call_ordinal(call)) != 0)
		return task_ref(task);
	return task_reply(task, &message, session, mcp_call_ordinal(call), err);
}

static struct mcp_reply
reply_task(struct mcp_call *call, const void *arguments)
{
	const struct reply_args *args = arguments;
	const struct pending_spec then = await_spec(call, &args->wish, answer,
	    args);
	struct task_list list = { 0 };
	struct mcp_reply reply;
	struct task *live = NULL;
	struct error err;

	if (targets_choose(call, NULL, choose, args, &list, &err) != 0)
		return tool_failure(call, &err);
	if (list.n == 0)
		fail(&err, ERR_NOT_FOUND, "%.60s was cleaned up meanwhile",
		    args->id);
	else
		live = send_message(call, args, list.tasks[0], &err);
	if (live == NULL)
		reply = tool_failure(call, &err);
	else
		reply = pending_wait(call, &live, 1, &then);
	task_unref(live);
	task_list_clear(&list);
	return reply;
}

const struct mcp_tool reply_task_tool = {
	.name = "reply_task",
	.description = "Answer a task's permission question, or go on in a "
		       "finished agent's conversation.",
	.fields = fields,
	.size = sizeof(struct reply_args),
	.max_result_chars = TOOL_RESULT_CHARS,
	.call = reply_task,
};
