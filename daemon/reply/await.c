/*
 * Answering with what a task came to.  See await.h.
 */
#include <stdlib.h>

#include "common/limits.h"
#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/reply/await.h"
#include "daemon/reply/form.h"
#include "daemon/reply/task_handle.h"
#include "daemon/reply/tool.h"
#include "daemon/task/task.h"
#include "daemon/view/several.h"

const struct field await_wish_fields[] = {
	WAIT_FIELD(struct await_wish, wait_s, .absent = CALL_WAIT_S),
	RESULT_CHARS_FIELD(struct await_wish, result_chars, .hidden = true),
	END_OF_FIELDS,
};

const struct field await_brief_fields[] = {
	WAIT_FIELD(struct await_wish, wait_s, .absent = CALL_WAIT_S),
	RESULT_CHARS_FIELD(struct await_wish, result_chars, .hidden = true),
	END_OF_FIELDS,
};

/*
 * Whether the client, which would wait that long, can be told of the end
 * instead.
 */
static bool
hands_over(const struct mcp_call *call, const struct await_wish *wish)
{
	return wish->wait_s >= HANDLE_AFTER_S &&
	    mcp_call_can(call, MCP_CAN_TASKS);
}

/* Answers with a handle of the task; false: it has none. */
static bool
hand_over(struct mcp_call *call, struct task *task, unsigned turn,
    struct mcp_reply *reply)
{
	struct task_handle handle;
	bool found = task_handle_of_turn(task, turn, &handle);
	char *message;

	if (found) {
		message = task_handle_message(&handle);
		*reply = task_handle_reply(call, &handle, message);
		free(message);
	}
	task_handle_clear(&handle);
	return found;
}

/* Answers with the questions of the task if the client can show them. */
static bool
ask(struct mcp_call *call, struct task *task, unsigned turn,
    struct mcp_reply *reply)
{
	struct task_handle handle;
	bool asked = task_handle_of_turn(task, turn, &handle) &&
	    form_reply(call, &task, 1, handle.id, reply);

	task_handle_clear(&handle);
	return asked;
}

bool
await_again(struct mcp_call *call, const struct later_spec *then,
    struct mcp_reply *reply)
{
	const char *state = mcp_call_state(call);
	struct later_spec of_turn;
	struct task_handle handle;

	if (state == NULL)
		return false;
	if (!task_handle_find(state, &handle))
		*reply = mcp_reply_failure(call,
		    "the task was cleaned up meanwhile");
	else if (handle.list.n == 0)
		*reply = mcp_reply_failure(call,
		    handle.damage.code == ERR_NONE ?
			"the task was cleaned up meanwhile" :
			handle.damage.text);
	else if (form_take(tool_session(call), handle.list.tasks, 1,
		     mcp_call_answers(call))) {
		of_turn = *then;
		of_turn.turn = handle.turn;
		*reply = later_wait(call, handle.list.tasks, 1, &of_turn);
	} else
		*reply = then->answer(call, then->args, handle.list.tasks, 1,
		    "");
	task_handle_clear(&handle);
	return true;
}

struct mcp_reply
await_reply(struct mcp_call *call, const struct await_wish *wish,
    struct task *task, unsigned turn, const char *note)
{
	const struct record *rec = task_record(task);
	struct mcp_reply reply;
	char *text, *whole;

	if (turn == 0)
		turn = rec->run.turn;
	if (!record_ended(rec) && hands_over(call, wish) &&
	    hand_over(call, task, turn, &reply))
		return reply;
	if (wish->wait_s > 0 && ask(call, task, turn, &reply))
		return reply;
	text = view_tasks(&task, 1, false, (size_t)wish->result_chars,
	    tool_next_wait_s(call));
	whole = xasprintf("%s%s", text, note);
	tool_told(call, &task, 1);
	task_mark_seen(task);
	if (record_failed(rec))
		reply = mcp_reply_failure(call, whole);
	else
		reply = mcp_reply_text(call, whole);
	free(whole);
	free(text);
	return reply;
}

struct later_spec
await_spec(const struct mcp_call *call, const struct await_wish *wish,
    struct mcp_reply (*answer)(struct mcp_call *call, const void *args,
	struct task *const *tasks, size_t n, const char *note),
    const void *args)
{
	return (struct later_spec){
		.until = wish->wait_s == 0 ? WAIT_STARTED : WAIT_ALL,
		.wait_s = wish->wait_s == 0 ? CALL_START_S :
		    hands_over(call, wish)  ? HANDLE_AFTER_S :
					      wish->wait_s,
		.until_asked = wish->wait_s > 0,
		.answer = answer,
		.args = args,
	};
}

int64_t
await_chars(const struct await_wish *wish)
{
	return wish->result_chars == RESULT_CHARS ? 0 : wish->result_chars;
}
