/*
 * reply_task: answer a question of a task, or go on in the conversation of
 * its agent.  Long because it decides whose answer counts, and for what.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/find/resolve.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/reply/await.h"
#include "daemon/reply/form.h"
#include "daemon/reply/namesakes.h"
#include "daemon/reply/targets.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/task/lineage.h"
#include "daemon/task/peer.h"
#include "daemon/task/task.h"
#include "daemon/tools/tools.h"
#include "daemon/view/questions.h"
#include "daemon/view/several.h"
#include "json/schema.h"

#define REASON_MAX_CHARS 2000
/* Characters of a question in an error. */
#define QUESTION_CHARS 100

struct reply_answer {
	char *request_id;
	int64_t decision; /* enum question_decision; 0: there is no answer */
	char *reason;
	int64_t always;
	char **answers; /* to a question that wants them */
};

struct reply_args {
	char *id;
	struct reply_answer answer;
	char *message;
	int64_t fork;
	char *model;
	struct await_wish wish;
};

static const struct field answer_fields[] = {
	STRING(struct reply_answer, request_id, .min = 1, .max = 20),
	CHOICE(struct reply_answer, decision, .choices = question_decisions),
	STRING(struct reply_answer, reason, .max = REASON_MAX_CHARS),
	BOOLEAN(struct reply_answer, always, .hidden = true),
	STRINGS(struct reply_answer, answers, .hidden = true),
	END_OF_FIELDS,
};

static const struct field fields[] = {
	STRING(struct reply_args, id, .required = true, .min = 1),
	OBJECT(struct reply_args, answer, struct reply_answer,
	    .fields = answer_fields, .alternative = "to what the task asks",
	    .help = "You may deny; allowing is the user's."),
	STRING(struct reply_args, message, .min = 1,
	    .alternative = "to go on with",
	    .help = "For the agent; a running one hears it at its end."),
	BOOLEAN(struct reply_args, fork, .hidden = true,
	    .help = "In a copy of the conversation."),
	STRING(struct reply_args, model, .min = 1, .max = 1000, .hidden = true),
	EMBED(struct reply_args, wish, struct await_wish,
	    .fields = await_brief_fields),
	END_OF_FIELDS,
};

static void check(const void *arguments, struct error *problems);
static struct mcp_reply reply_task(struct mcp_call *call,
    const void *arguments);

const struct mcp_tool reply_task_tool = {
	.name = "reply_task",
	.description = "Answer a task's permission question, or go on in a "
		       "finished agent's conversation.",
	.fields = fields,
	.size = sizeof(struct reply_args),
	.max_result_chars = TOOL_RESULT_CHARS,
	.check = check,
	.call = reply_task,
};

static void
check(const void *arguments, struct error *problems)
{
	const struct reply_args *args = arguments;
	const struct reply_answer *answer = &args->answer;
	bool answers = answer->decision != 0 || answer->request_id != NULL ||
	    answer->reason != NULL || answer->always || answer->answers != NULL;

	if (answers && answer->decision == 0 && answer->answers == NULL &&
	    problems->code == ERR_NONE)
		fail_add(problems, ERR_INVALID,
		    "answer: expected an object with decision, \"allow\" or "
		    "\"deny\", or with answers to what it asks");
	if (answer->answers != NULL && answer->decision == DECISION_DENY)
		fail_add(problems, ERR_INVALID,
		    "answer.answers: do not go with \"deny\"");
	if (answers && (args->fork || args->model != NULL))
		fail_add(problems, ERR_INVALID,
		    "fork, model: go with a message only");
	if (answer->always && answer->decision == DECISION_DENY)
		fail_add(problems, ERR_INVALID,
		    "answer.always: goes with \"allow\" only");
}

/*
 * Whether a person has typed the command, outside of any agent.  A process of
 * the same user can pretend that; nothing here can prevent it.
 */
static bool
is_person(const struct session *session)
{
	return strcmp(session->client, "ccproc") == 0 &&
	    session_getenv(session, "CLAUDECODE") == NULL &&
	    lineage_is_outside(session);
}

/*
 * Neither an agent nor a task that it has started can allow what it asks for,
 * whatever is configured.
 */
static bool
is_itself(const struct session *session, const struct task *task)
{
	return lineage_includes(session, task_record(task)->number);
}

static int
check_right(const struct session *session, const struct reply_args *args,
    const struct task *task, struct error *err)
{
	if (args->answer.decision == DECISION_DENY || is_person(session) ||
	    (config_get()->agents.model_may_allow && peer_is_known(session) &&
		!is_itself(session, task)))
		return 0;
	if (strcmp(session->client, "ccproc") == 0 &&
	    peer_where(session) == WHERE_UNSURE) {
		fail(err, ERR_BUSY,
		    "a keeper was killed, and its processes are being ended: "
		    "whether this command is one of them cannot be told "
		    "before; try again in a moment");
		return -1;
	}
	fail(err, ERR_INVALID,
	    "a permission is the user's to give: let the user run `ccproc "
	    "answer " TASK_ID
	    " allow` in a terminal of his own, or answer the dialog where "
	    "there is one; you may deny, with a reason%s",
	    task_record(task)->number,
	    strcmp(session->client, "ccproc") == 0 ?
		" (this command runs inside of a session or task of an agent)" :
		"");
	return -1;
}

/*
 * Returns an earlier question that somebody else has denied, because who allows
 * without naming a question may mean that one; NULL: there is none.
 */
static const struct question *
denied_before(const struct task *task, const struct question *open)
{
	const struct question *question = NULL;

	while ((question = question_next(task, question)) != NULL &&
	    question != open)
		if (question->answered &&
		    question->answer.decision != DECISION_ALLOW &&
		    (question->answer.by == NULL ||
			strcmp(question->answer.by, QUESTION_BY_PERSON) != 0))
			return question;
	return NULL;
}

static int
choose_only(const struct task *task, int64_t decision, uint64_t *number,
    struct error *err)
{
	const struct question *open = question_next_open(task, NULL);
	const struct question *before = denied_before(task, open);
	uint64_t t = task_record(task)->number;
	char *text;

	*number = open->number;
	if (decision != DECISION_ALLOW || before == NULL)
		return 0;
	text = view_question(open, QUESTION_CHARS);
	fail(err, ERR_INVALID,
	    TASK_ID
	    ": q%" PRIu64 " was denied by %.100s; q%" PRIu64
	    " is another question: %s; to allow that, say its request_id: "
	    "ccproc answer -q q%" PRIu64 " " TASK_ID " allow",
	    t, before->number,
	    before->answer.by == NULL ? "somebody" : before->answer.by,
	    open->number, text, open->number, t);
	free(text);
	return -1;
}

static int
choose_ask(const struct task *task, const struct reply_answer *answer,
    uint64_t *number, struct error *err)
{
	const char *request_id = answer->request_id;
	uint64_t t = task_record(task)->number;
	size_t open = question_count_open(task);

	if (request_id != NULL) {
		*number = question_parse(request_id);
		if (question_find(task, *number) != NULL)
			return 0;
		fail(err, ERR_NOT_FOUND,
		    TASK_ID " has no question %.20s; %zu %s open, which "
			    "check_tasks shows",
		    t, request_id, open, open == 1 ? "is" : "are");
		return -1;
	}
	if (open == 1)
		return choose_only(task, answer->decision, number, err);
	if (open == 0)
		fail(err, ERR_NOT_FOUND, TASK_ID " asks nothing now%s", t,
		    record_ended(task_record(task)) ? ", it has ended" : "");
	else
		fail(err, ERR_INVALID,
		    TASK_ID " has %zu open questions; say which by "
			    "request_id, as check_tasks shows them",
		    t, open);
	return -1;
}

static char *
who(const struct session *session)
{
	if (is_person(session))
		return xstrdup(QUESTION_BY_PERSON);
	return xasprintf("%s of session %s",
	    strcmp(session->client, "ccproc") == 0 ? "ccproc" : "the model",
	    session->owner);
}

/*
 * What is allowed by a name must not be what somebody else has called so
 * since the user looked.
 */
static int
check_name(const struct reply_args *args, const struct task *task,
    uint64_t number, struct error *err)
{
	uint64_t t = task_record(task)->number;
	struct error why;
	char *text;

	if (args->answer.decision == DECISION_DENY ||
	    resolve_is_sure(args->id, task, &why))
		return 0;
	text = view_question(question_find(task, number), QUESTION_CHARS);
	fail(err, ERR_INVALID,
	    "%s; q%" PRIu64 " of " TASK_ID " is: %s; to allow that, say its "
	    "id: ccproc answer -q q%" PRIu64 " " TASK_ID " %s",
	    why.text, number, t, text, number, t,
	    args->answer.answers != NULL ? "TEXT" : "allow");
	free(text);
	return -1;
}

/* A request that comes again finds the question that it has answered. */
static int
take(const struct mcp_call *call, const struct reply_args *args,
    struct task *task, struct error *err)
{
	const struct session *session = tool_session(call);
	struct question_answer answer = { .decision = args->answer.decision,
		.always = args->answer.always,
		.answers = args->answer.answers,
		.reason = args->answer.reason };
	uint64_t number;
	int result;

	if (answer.answers != NULL)
		answer.decision = DECISION_ALLOW;
	if (check_right(session, args, task, err) != 0)
		return -1;
	answer.call = xasprintf("%s-%" PRIu64, session->uuid,
	    mcp_call_ordinal(call));
	number = mcp_call_replayed(call) ?
	    question_answered_by(task, answer.call) :
	    0;
	if (number != 0) {
		free(answer.call);
		return 0;
	}
	answer.by = who(session);
	result = choose_ask(task, &args->answer, &number, err);
	if (result == 0)
		result = check_name(args, task, number, err);
	if (result == 0)
		result = question_answer(task, number, &answer, err);
	free(answer.by);
	free(answer.call);
	return result;
}

/* Returns what this call has answered, which the caller frees; or NULL. */
static char *
said_to(const struct mcp_call *call, const struct task *task)
{
	char *name = xasprintf("%s-%" PRIu64, tool_session(call)->uuid,
	    mcp_call_ordinal(call));
	char *line = view_answered_question(task_record(task), name);

	free(name);
	return line;
}

static struct mcp_reply
answered(struct mcp_call *call, const void *arguments,
    struct task *const *tasks, size_t n, const char *note)
{
	const struct reply_args *args = arguments;
	char *text = view_tasks(tasks, n, false,
	    (size_t)args->wish.result_chars, tool_next_wait_s(call));
	char *said = said_to(call, tasks[0]);
	int first = (int)strcspn(text, "\n");
	char *whole = xasprintf("%.*s%s%s%s%s", first, text,
	    said == NULL ? "" : "\n", said == NULL ? "" : said, text + first,
	    note);
	struct mcp_reply reply;

	free(said);
	tool_told(call, tasks, n);
	task_mark_seen(tasks[0]);
	reply = mcp_reply_text(call, whole);
	free(whole);
	free(text);
	return reply;
}

static struct mcp_reply
answer(struct mcp_call *call, const struct reply_args *args, struct task *task)
{
	const struct later_spec then = {
		.until = args->wish.wait_s == 0 ? WAIT_STARTED : WAIT_ALL,
		.wait_s = args->wish.wait_s,
		.until_asked = args->wish.wait_s > 0,
		.turn = task_record(task)->run.turn,
		.answer = answered,
		.args = args,
	};
	struct error err;

	if (take(call, args, task, &err) != 0)
		return tool_failure(call, &err);
	return later_wait(call, &task, 1, &then);
}

static int
choose(struct mcp_call *call, const void *arguments, struct task_list *list,
    struct error *err)
{
	const struct reply_args *args = arguments;
	char *ids[] = { args->id, NULL };

	(void)call;
	/* what is allowed by a name is looked at with its question */
	if (args->answer.decision != DECISION_ALLOW &&
	    args->answer.answers == NULL &&
	    namesakes_check(ids, false, err) != 0)
		return -1;
	if (resolve_ids(ids, list, err) != 0)
		return -1;
	if (list->n == 1)
		return 0;
	fail(err, ERR_INVALID, "%.60s: expected one task, got %zu", args->id,
	    list->n);
	task_list_clear(list);
	return -1;
}

/* Answers for the run that this call has asked for, and no other. */
static struct mcp_reply
heard(struct mcp_call *call, const void *arguments, struct task *const *tasks,
    size_t n, const char *note)
{
	const struct reply_args *args = arguments;
	struct error err;
	int turn = task_was_replied(tasks[0], tool_session(call),
	    mcp_call_ordinal(call), &err);

	(void)n; /* 0, or unknown just now: the turn that the task is in */
	return await_reply(call, &args->wish, tasks[0],
	    turn > 0 ? (unsigned)turn : 0, note);
}

/*
 * Returns a reference to the live task, or what became of it since, and the
 * turn in which it hears the message.
 */
static struct task *
queue_message(struct mcp_call *call, const struct reply_args *args,
    struct task *task, unsigned *turn, struct error *err)
{
	const struct session *session = tool_session(call);
	const struct task_message message = { .text = args->message,
		.model = args->model,
		.fork = args->fork != 0,
		.result_chars = await_chars(&args->wish) };

	struct task *live;
	int had = 0;

	if (mcp_call_replayed(call))
		had = task_was_replied(task, session, mcp_call_ordinal(call),
		    err);
	*turn = had > 0 ? (unsigned)had : 0;
	if (had > 0)
		return task_ref(task);
	if (had == -1) {
		fail_prefix(err,
		    "whether " TASK_ID " has this message already cannot be "
		    "told now, so nothing was sent; see check_tasks, then "
		    "reply again",
		    task_record(task)->number);
		return NULL;
	}
	live = task_reply(task, &message, session, mcp_call_ordinal(call), err);
	if (live != NULL)
		*turn = task_record(live)->run.count;
	return live;
}

static struct mcp_reply
send_message(struct mcp_call *call, const struct reply_args *args,
    struct task *task, const struct later_spec *then)
{
	struct later_spec of_turn = *then;
	struct mcp_reply reply;
	struct error err;
	struct task *live = queue_message(call, args, task, &of_turn.turn,
	    &err);

	if (live == NULL)
		return tool_failure(call, &err);
	reply = later_wait(call, &live, 1, &of_turn);
	task_unref(live);
	return reply;
}

static struct mcp_reply
act(struct mcp_call *call, const void *arguments, const struct task_list *list)
{
	const struct reply_args *args = arguments;
	const struct later_spec then = await_spec(call, &args->wish, heard,
	    args);

	if (list->n == 0)
		return mcp_reply_failure(call,
		    "the task was cleaned up meanwhile");
	return args->message != NULL ?
	    send_message(call, args, list->tasks[0], &then) :
	    answer(call, args, list->tasks[0]);
}

/* A label may name another task when the call comes again; an id cannot. */
static struct mcp_reply
reply_task(struct mcp_call *call, const void *arguments)
{
	const struct reply_args *args = arguments;
	const struct later_spec then = await_spec(call, &args->wish, heard,
	    args);
	const struct targets_wish wish = { .choose = choose,
		.act = act,
		.args = args };
	char *ids[] = { args->id, NULL };
	struct task_list list = { 0 };
	struct mcp_reply reply;
	struct error err;

	if (await_again(call, &then, &reply))
		return reply;
	if (!resolve_are_exact(ids))
		return targets_reply(call, &wish);
	if (choose(call, args, &list, &err) != 0)
		return tool_failure(call, &err);
	reply = act(call, args, &list);
	task_list_clear(&list);
	return reply;
}
