/*
 * Questions: asking, answering, expiring.  See asks.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/config.h"
#include "daemon/os/loop.h"
#include "daemon/question/parts.h"
#include "json/schema.h"

/* An expiry that could not be written is tried again after. */
#define AGAIN_MS 10000
/* By so much the clock goes wrong without having been set. */
#define JUMP_MS 1000
/* So many questions a run may ask: each is a file. */
#define QUESTIONS_MAX 10000

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

int64_t
question_left_ms(const struct question *question)
{
	int64_t left = question->deadline - time_mono_ms();

	if (question->expiry == NULL)
		return -1;
	return left < 0 ? 0 : left;
}

/* As it was said at first, for as long as that is true. */
int64_t
question_expires_at(const struct question *question)
{
	int64_t at_first = question->asked_at +
	    config_get()->agents.ask_timeout_s * 1000;
	int64_t left = question_left_ms(question), at = time_wall_ms() + left;

	if (left == -1)
		return 0;
	return at > at_first - JUMP_MS && at < at_first + JUMP_MS ? at_first :
								    at;
}

/*
 * What is left of its time when a daemon begins with it; the clock may have
 * been set back, so it is never longer than at first.
 */
static int64_t
left_at_first(const struct question *question)
{
	int64_t most = config_get()->agents.ask_timeout_s * 1000;
	int64_t left = question->asked_at + most - time_wall_ms();

	return left < 0 ? 0 : left > most ? most : left;
}

static void
expire(struct question *question)
{
	char span[TIMEFMT_SIZE], reason[80];
	struct question_answer answer = { .decision = DECISION_DENY };
	struct error err;

	snprintf(reason, sizeof(reason), "nobody answered within %s",
	    timefmt_span(config_get()->agents.ask_timeout_s * 1000, span));
	answer.reason = reason;
	answer.by = (char[]){ "timeout" };
	if (question_answer(question->task, question->number, &answer, &err) ==
		0 ||
	    err.code == ERR_BUSY)
		return;
	log_warnx("t%" PRIu64 ": q%" PRIu64 ": %s", question->task->rec.number,
	    question->number, err.text);
	loop_timer_start(question->expiry, AGAIN_MS);
}

static void
on_expiry(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	expire(arg);
}

void
question_begin_expiry(struct question *question)
{
	int64_t left = left_at_first(question);

	if (config_get()->agents.ask_timeout_s == 0)
		return;
	question->deadline = time_mono_ms() + left;
	question->expiry = loop_timer_new(on_expiry, question);
	loop_timer_start(question->expiry, left);
}

/*
 * The same request to another daemon; or the same use of the same tool, as
 * when the agent asks again because its bridge was killed.  An answer is
 * for one request: another one with an old id is asked anew.
 */
static bool
is_wanted(const struct question *question, const struct question_wanted *wanted)
{
	if (wanted->replayed && same(question->file.call, wanted->call))
		return true;
	return !question->answered &&
	    same(question->file.tool_use_id, wanted->tool_use_id) &&
	    same(question->file.tool_name, wanted->tool_name) &&
	    same(question->file.input, wanted->input);
}

static struct question *
find_wanted(const struct task *task, const struct question_wanted *wanted)
{
	struct question *question = TAILQ_FIRST(&task->questions->list);

	while (question != NULL && !is_wanted(question, wanted))
		question = TAILQ_NEXT(question, entry);
	return question;
}

static void
log_answer(const struct question *question)
{
	log_info("t%" PRIu64 ": q%" PRIu64 " %s%s by %s",
	    question->task->rec.number, question->number,
	    question->answer.decision == DECISION_ALLOW ? "allowed" : "denied",
	    question->answer.always ? " always" : "",
	    question->answer.by == NULL ? "somebody" : question->answer.by);
}

/* The rest of given is the caller's; on disk first. */
static int
write_answer(struct question *question, const struct question_answer *given,
    struct error *err)
{
	struct question_answer answer = *given;
	char at[TIMEFMT_SIZE];
	int result;

	answer.tool_name = question->file.tool_name;
	answer.at = timefmt_iso(time_wall_ms(), at);
	result = question_files_answer(&question->task->rec, question->number,
	    &answer, err);
	if (result == 0)
		schema_copy(question_answer_fields, &answer, &question->answer);
	else if (err->code != ERR_BUSY ||
	    !question_files_read_answer(question->task->rec.dir,
		question->number, &question->answer))
		return -1; /* it stays open */
	question_settle(question);
	question_learn(question->task->questions, &question->answer);
	log_answer(question);
	return result;
}

static const struct question_answer by_always = { .decision = DECISION_ALLOW,
	.by = (char[]){ "an answer that is for always" } };

/* What was asked in the meantime is allowed with it. */
static void
answer_same_tool(struct task *task)
{
	struct error err;
	struct question *question;

	TAILQ_FOREACH(question, &task->questions->list, entry)
		if (!question->answered &&
		    question_is_always(task->questions,
			question->file.tool_name) &&
		    write_answer(question, &by_always, &err) != 0)
			log_warnx("t%" PRIu64 ": q%" PRIu64 ": %s",
			    task->rec.number, question->number, err.text);
}

static void
already(const struct question *question, struct error *err)
{
	fail(err, ERR_BUSY,
	    "t%" PRIu64 ": q%" PRIu64 " was %s already by %s; the first "
	    "answer counts",
	    question->task->rec.number, question->number,
	    question->answer.decision == DECISION_ALLOW ? "allowed" : "denied",
	    question->answer.by == NULL ? "somebody" : question->answer.by);
}

int
question_answer(struct task *task, uint64_t number,
    const struct question_answer *given, struct error *err)
{
	struct question *question = question_get(task, number);
	int result = -1;

	if (question == NULL)
		fail(err, ERR_NOT_FOUND,
		    "t%" PRIu64 " has not asked a question q%" PRIu64,
		    task->rec.number, number);
	else if (question->answered) {
		if (same(question->answer.call, given->call))
			return 0; /* it was this very request */
		already(question, err);
	} else {
		result = write_answer(question, given, err);
		if (result != 0 && question->answered)
			already(question, err);
		answer_same_tool(task);
		question_changed(task);
	}
	return result;
}

static struct question *
make(struct task *task, const struct question_wanted *wanted, struct error *err)
{
	char id[24], at[TIMEFMT_SIZE];
	uint64_t number = task->questions->last + 1;
	const struct question_file file = {
		.version = QUESTION_VERSION,
		.request_id = id,
		.tool_name = (char *)wanted->tool_name,
		.input = (char *)wanted->input,
		.tool_use_id = (char *)wanted->tool_use_id,
		.call = (char *)wanted->call,
		.asked_at = timefmt_iso(time_wall_ms(), at),
	};

	snprintf(id, sizeof(id), "q%" PRIu64, number);
	if (task->questions->n >= QUESTIONS_MAX) {
		fail(err, ERR_LIMIT,
		    "this run has asked %d questions, the most allowed",
		    QUESTIONS_MAX);
		return NULL;
	}
	if (question_files_write(&task->rec, number, &file, err) != 0)
		return NULL;
	task->questions->last =
	    number; /* its name was free: so is its answer's */
	return question_add(task, number, &file);
}

const struct question *
question_put(struct task *task, const struct question_wanted *wanted,
    struct error *err)
{
	struct question *question;

	if (question_load(task, err) != 0)
		return NULL;
	question = find_wanted(task, wanted);
	if (question != NULL)
		return question;
	question = make(task, wanted, err);
	if (question == NULL)
		return NULL;
	if (question_is_always(task->questions, wanted->tool_name) &&
	    write_answer(question, &by_always, err) == 0)
		return question;
	log_info("t%" PRIu64 ": q%" PRIu64 " asked", task->rec.number,
	    question->number);
	question_begin_expiry(question);
	question_changed(task);
	return question;
}
