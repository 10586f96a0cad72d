/*
 * permission: an agent asks whether it may use a tool.  The answer is the
 * text that claude expects (--permission-prompt-tool); whatever goes wrong
 * here denies, or is no answer.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/find/observer.h"
#include "daemon/os/loop.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/task/peer.h"
#include "daemon/task/task.h"
#include "daemon/tools/permission.h"
#include "json/choices.h"
#include "json/json.h"
#include "mcp/mcp.h"

static struct mcp_reply permission(struct mcp_call *call, const void *args);

const struct mcp_tool permission_tool = {
	.name = "permission",
	.description = "Asks the user whether a tool may be used.",
	.schema = "{\"type\":\"object\",\"properties\":{"
		  "\"tool_name\":{\"type\":\"string\"},"
		  "\"input\":{\"type\":\"object\"},"
		  "\"tool_use_id\":{\"type\":\"string\"}},"
		  "\"required\":[\"tool_name\",\"input\"]}",
	.flags = MCP_READ_ONLY,
	.call = permission,
};

/* Between notices: Claude Code gives up a call that is silent for 30 min. */
#define NOTICE_MS 60000
/* No model is offered a tool with a longer name. */
#define TOOL_NAME_MAX_BYTES 256

struct waiting {
	struct mcp_call *call;
	struct task *task;
	uint64_t number;
	struct observer *observer;
	struct event *notice;
};

/* The task that session->ask names, if it is live; borrows. */
static struct task *
task_of(const struct session *session)
{
	const char *uuid = strchr(session->ask, '-');
	struct task *task;

	if (session->ask[0] != 't')
		return NULL;
	task = task_find_live(id_number(session->ask));
	if (task == NULL || uuid == NULL ||
	    strcmp(task_record(task)->from.uuid, uuid + 1) != 0)
		return NULL;
	return task;
}

int
permission_admit(const struct session *session, struct error *err)
{
	const char *inside = session_getenv(session, "CCPROC_TASK");
	const struct task *task = task_of(session);
	uint64_t within = peer_inside(session);
	char other[24] = "";

	/* where its process is tells more than its environment */
	if (task != NULL && within != task_record(task)->number) {
		snprintf(other, sizeof(other), TASK_ID, within);
		inside = within == 0 ? NULL : other;
	}
	if (task == NULL)
		fail(err, ERR_NOT_FOUND,
		    "no task %.60s runs, so nobody can ask for it",
		    session->ask);
	else if (!record_is_agent(task_record(task)))
		fail(err, ERR_INVALID,
		    "%.60s is a command, and only agents ask for permissions",
		    session->ask);
	else if (inside == NULL || strcmp(inside, session->ask) != 0)
		fail(err, ERR_INVALID,
		    "%.60s can be asked for from inside of that task only; "
		    "this is %s%.60s",
		    session->ask,
		    inside != NULL              ? "inside of " :
			!peer_is_known(session) ? "a process that cannot be "
						  "looked at" :
						  "outside of any",
		    inside == NULL ? "" : inside);
	else
		return 0;
	return -1;
}

static struct mcp_reply
reply_json(struct mcp_call *call, struct json_object *object)
{
	struct mcp_reply reply = mcp_reply_text(call, json_text(object, NULL));

	json_object_put(object);
	return reply;
}

static struct mcp_reply
deny(struct mcp_call *call, const char *message)
{
	struct json_object *object = json_object_new_object();

	json_add_string(object, "behavior", "deny");
	json_add_string(object, "message", message);
	return reply_json(call, object);
}

/*
 * Older versions of claude want the input back; a tool that asks the user is
 * given the answers in it.
 */
static struct mcp_reply
allow(struct mcp_call *call, char *const *answers)
{
	struct json_object *object = json_object_new_object();
	struct json_object *input, *answered = NULL;
	struct error err;

	input = json_object_at(mcp_call_arguments(call), "input");
	if (answers != NULL)
		answered = choices_answer(input, answers, &err);
	json_add_string(object, "behavior", "allow");
	json_add(object, "updatedInput",
	    answered != NULL ? answered : json_object_get(input));
	return reply_json(call, object);
}

static struct mcp_reply
answer(struct mcp_call *call, const struct question_answer *given)
{
	struct mcp_reply reply;
	char *message;

	if (given->decision == DECISION_ALLOW)
		return allow(call, given->answers);
	message = xasprintf("permission denied%s%s",
	    given->reason == NULL ? " by the user" : ": ",
	    given->reason == NULL ? "" : given->reason);
	reply = deny(call, message);
	free(message);
	return reply;
}

static void
waiting_free(struct waiting *waiting)
{
	observer_free(waiting->observer);
	event_free(waiting->notice);
	task_unref(waiting->task);
	free(waiting);
}

static void
look(void *arg)
{
	struct waiting *waiting = arg;
	const struct question *question = question_find(waiting->task,
	    waiting->number);
	struct mcp_reply reply;

	if (question != NULL && !question->answered)
		return;
	if (question == NULL)
		reply = deny(waiting->call, "the task has ended");
	else
		reply = answer(waiting->call, &question->answer);
	mcp_call_finish(waiting->call, reply);
	waiting_free(waiting);
}

static void
on_notice(int fd, short what, void *arg)
{
	struct waiting *waiting = arg;

	(void)fd;
	(void)what;
	loop_timer_start(waiting->notice, NOTICE_MS);
	mcp_call_progress(waiting->call, "waiting for the user's answer");
}

/*
 * The agent waits no longer, so an answer would do nothing.  But when it is
 * this daemon that ends, the next one gets the request again.
 */
static void
cancelled(void *arg)
{
	struct waiting *waiting = arg;
	struct question_answer withdrawn = { .decision = DECISION_DENY,
		.by = (char[]){ "the agent" },
		.reason = (char[]){ "the agent no longer waits for it" } };
	struct error err;

	observer_free(waiting->observer);
	waiting->observer = NULL;
	if (!event_base_got_break(loop_base()) &&
	    question_find(waiting->task, waiting->number) != NULL &&
	    question_answer(waiting->task, waiting->number, &withdrawn, &err) !=
		0 &&
	    err.code != ERR_BUSY)
		log_warnx(TASK_ID ": %s", task_record(waiting->task)->number,
		    err.text);
	waiting_free(waiting);
}

static struct mcp_reply
wait_for(struct mcp_call *call, struct task *task,
    const struct question *question)
{
	struct waiting *waiting = xcalloc(1, sizeof(*waiting));

	waiting->call = call;
	waiting->task = task_ref(task);
	waiting->number = question->number;
	waiting->observer = observer_new("permission", &task, 1, look, waiting);
	waiting->notice = loop_timer_new(on_notice, waiting);
	if (mcp_call_wants_progress(call))
		loop_timer_start(waiting->notice, NOTICE_MS);
	return mcp_reply_later(call, cancelled, waiting);
}

/* Whether a string, or nothing, is short enough and is shown as it is. */
static bool
is_name(struct json_object *args, const char *key)
{
	struct json_object *value = json_member(args, key);
	const char *text = json_string_at(args, key);

	return text == NULL ||
	    (strlen(text) <= TOOL_NAME_MAX_BYTES &&
		strlen(text) == (size_t)json_object_get_string_len(value));
}

/* What claude says; -1 with err. */
static int
take_wanted(struct mcp_call *call, struct question_wanted *wanted,
    struct error *err)
{
	struct json_object *args = mcp_call_arguments(call);
	struct json_object *input = json_object_at(args, "input");
	size_t len = 0;

	wanted->tool_name = json_string_at(args, "tool_name");
	wanted->tool_use_id = json_string_at(args, "tool_use_id");
	wanted->replayed = mcp_call_replayed(call);
	if (wanted->tool_name == NULL || input == NULL ||
	    !is_name(args, "tool_name") || !is_name(args, "tool_use_id")) {
		fail(err, ERR_INVALID,
		    "expected tool_name, a string of at most %d bytes, and "
		    "input, an object",
		    TOOL_NAME_MAX_BYTES);
		return -1;
	}
	wanted->input = json_text(input, &len);
	if (len <= QUESTION_INPUT_MAX_BYTES)
		return 0;
	fail(err, ERR_LIMIT,
	    "its input has %zu bytes, and a user cannot be asked about more "
	    "than %u; do it in smaller steps",
	    len, QUESTION_INPUT_MAX_BYTES);
	return -1;
}

static struct mcp_reply
put(struct mcp_call *call, struct task *task, struct question_wanted *wanted,
    struct error *err)
{
	const struct session *session = tool_session(call);
	const struct question *question;
	char *id;

	id = xasprintf("%s-%" PRIu64, session->uuid, mcp_call_ordinal(call));
	wanted->call = id;
	question = question_put(task, wanted, err);
	free(id);
	if (question == NULL) {
		fail_prefix(err, "permission denied: the user cannot be asked");
		log_warnx(TASK_ID ": %s", task_record(task)->number, err->text);
		return deny(call, err->text);
	}
	return question->answered ? answer(call, &question->answer) :
				    wait_for(call, task, question);
}

static struct mcp_reply
permission(struct mcp_call *call, const void *args)
{
	struct task *task = task_of(tool_session(call));
	struct question_wanted wanted = { 0 };
	struct error err;

	(void)args;
	if (task == NULL || !record_running(task_record(task)))
		return deny(call, "permission denied: the task has ended");
	if (take_wanted(call, &wanted, &err) != 0) {
		fail_prefix(&err, "permission denied");
		return deny(call, err.text);
	}
	return put(call, task, &wanted, &err);
}
