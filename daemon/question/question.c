/*
 * The questions of tasks.  See question.h.  Those of a task are in memory
 * while it may ask, held by the watcher with which this room follows it; all
 * else is in their files.
 *
 * Long because asking, answering and expiring share every one of its lines.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/config.h"
#include "daemon/os/loop.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "json/choices.h"
#include "json/json.h"
#include "json/schema.h"

/*
 * The most owners that are remembered as told of a question: all who may wait
 * at once, for an owner that is forgotten is told again.
 */
#define TOLD_MAX CLIENTS_MAX
/* Time until an expiry that could not be written is tried again. */
#define AGAIN_MS 10000
/* Clock drift that is not a clock change. */
#define JUMP_MS 1000
/* The most questions of a run: each is a file. */
#define QUESTIONS_MAX 10000

struct questions {
	struct watcher watcher; /* of their task; first: it leads here */
	struct task *task;
	TAILQ_HEAD(question_list, question) list;
	uint64_t last; /* number that was ever given in this task */
	size_t n;
	char **always; /* tools that are allowed in this task */
};

static void followed(struct watcher *watcher, struct task *task, unsigned news);

/* The questions of the task, if they are in memory; else NULL. */
static struct questions *
questions_of(const struct task *task)
{
	return (struct questions *)task_find_watcher(task, followed);
}

/* Tells the task how many are open, and with that everybody who watches it. */
static void
tell(struct task *task)
{
	task_set_open_questions(task, question_count_open(task));
}

static void
question_free(struct question *question)
{
	schema_clear(question_file_fields, &question->file);
	schema_clear(question_answer_fields, &question->answer);
	if (question->expiry != NULL)
		event_free(question->expiry);
	strv_free(question->told);
	free(question);
}

static bool
contains(char *const *v, const char *s)
{
	for (; v != NULL && *v != NULL; v++)
		if (strcmp(*v, s) == 0)
			return true;
	return false;
}

static void
settle(struct question *question)
{
	question->answered = true;
	free(question->file.input);
	question->file.input = NULL;
	if (question->expiry != NULL)
		event_free(question->expiry);
	question->expiry = NULL;
}

static struct question *
add(struct questions *questions, uint64_t number,
    const struct question_file *file)
{
	struct question *question = xcalloc(1, sizeof(*question)), *before;

	question->task = questions->task;
	question->number = number;
	schema_copy(question_file_fields, file, &question->file);
	question->asked_at = time_parse_iso(file->asked_at);
	before = TAILQ_LAST(&questions->list, question_list);
	while (before != NULL && before->number > number)
		before = TAILQ_PREV(before, question_list, entry);
	if (before == NULL)
		TAILQ_INSERT_HEAD(&questions->list, question, entry);
	else
		TAILQ_INSERT_AFTER(&questions->list, before, question, entry);
	questions->n++;
	return question;
}

static void
learn(struct questions *questions, const struct question_answer *answer)
{
	if (answer->answers == NULL && answer->decision == DECISION_ALLOW &&
	    answer->always && answer->tool_name != NULL &&
	    !contains(questions->always, answer->tool_name))
		questions->always = strv_add(questions->always,
		    answer->tool_name);
}

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

/* The time that was said at first, for as long as it is true. */
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
 * The time that a question has left when a daemon begins with it.  The clock
 * may have been set back, so it is never longer than at first.
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
	log_warnx(TASK_ID ": q%" PRIu64 ": %s",
	    task_record(question->task)->number, question->number, err.text);
	loop_timer_start(question->expiry, AGAIN_MS);
}

static void
on_expiry(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	expire(arg);
}

static void
begin_expiry(struct question *question)
{
	int64_t left = left_at_first(question);

	if (config_get()->agents.ask_timeout_s == 0)
		return;
	question->deadline = time_mono_ms() + left;
	question->expiry = loop_timer_new(on_expiry, question);
	loop_timer_start(question->expiry, left);
}

/* From earlier runs only numbers and what was allowed always count. */
static void
found(const char *dir, uint64_t number, const struct question_file *file,
    void *arg)
{
	struct questions *questions = arg;
	struct question_answer answer = { 0 };
	struct question *question;
	bool answered;

	if (number > questions->last)
		questions->last = number;
	if (file == NULL)
		return;
	answered = question_files_read_answer(dir, number, &answer);
	learn(questions, &answer);
	if (strcmp(dir, task_record(questions->task)->dir) == 0) {
		question = add(questions, number, file);
		schema_copy(question_answer_fields, &answer, &question->answer);
		if (answered)
			settle(question);
		else
			begin_expiry(question);
	}
	schema_clear(question_answer_fields, &answer);
}

static int
found_run(const char *dir, void *arg, struct error *err)
{
	return question_files_each(dir, found, arg, err);
}

static void
questions_free(struct questions *questions)
{
	struct question *question;

	task_unwatch(&questions->watcher);
	while ((question = TAILQ_FIRST(&questions->list)) != NULL) {
		TAILQ_REMOVE(&questions->list, question, entry);
		question_free(question);
	}
	strv_free(questions->always);
	free(questions);
}

/* The questions of the task, read from its files the first time. */
static struct questions *
load(struct task *task, struct error *err)
{
	struct questions *questions = questions_of(task);

	if (questions != NULL)
		return questions;
	questions = xcalloc(1, sizeof(*questions));
	questions->watcher.name = "question";
	questions->watcher.wants = ~(TASK_ENTERED(TASK_STARTING) |
	    TASK_ENTERED(TASK_RUNNING) | TASK_QUESTIONS | TASK_MESSAGE |
	    TASK_RELEASED | TASK_TAKEN_OVER);
	questions->watcher.changed = followed;
	questions->task = task;
	TAILQ_INIT(&questions->list);
	task_watch(task, &questions->watcher);
	if (question_files_each_run(task_record(task), found_run, questions,
		err) == 0)
		return questions;
	questions_free(questions);
	return NULL;
}

static void
forget(struct questions *questions)
{
	struct task *task = questions->task;

	questions_free(questions);
	tell(task);
}

/* The task may ask no longer. */
static void
followed(struct watcher *watcher, struct task *task, unsigned news)
{
	(void)task;
	(void)news;
	forget((struct questions *)watcher);
}

/* An agent that ran before may have asked an earlier daemon. */
static void
noticed(struct watcher *watcher, struct task *task, unsigned news)
{
	struct error err;

	(void)watcher;
	(void)news;
	if (!record_is_agent(task_record(task)))
		return;
	if (load(task, &err) == NULL)
		log_warnx(TASK_ID ": %s", task_record(task)->number, err.text);
	else if (question_count_open(task) > 0)
		tell(task);
}

static struct watcher all = {
	.name = "question",
	.wants = TASK_TAKEN_OVER,
	.changed = noticed,
};

void
question_tell(struct task *task)
{
	tell(task);
}

void
question_start(void)
{
	task_watch_all(&all);
}

void
question_stop(void)
{
	task_unwatch(&all);
}

const struct question *
question_next(const struct task *task, const struct question *question)
{
	const struct questions *questions;

	if (question != NULL)
		return TAILQ_NEXT(question, entry);
	questions = questions_of(task);
	return questions == NULL ? NULL : TAILQ_FIRST(&questions->list);
}

const struct question *
question_next_open(const struct task *task, const struct question *question)
{
	do
		question = question_next(task, question);
	while (question != NULL && question->answered);
	return question;
}

size_t
question_count_open(const struct task *task)
{
	const struct question *question = NULL;
	size_t n = 0;

	while ((question = question_next_open(task, question)) != NULL)
		n++;
	return n;
}

size_t
question_allowed(const struct task *task, const char *tool_name)
{
	const struct question *question = NULL;
	size_t n = 0;

	while ((question = question_next(task, question)) != NULL)
		n += question->answered &&
		    question->answer.decision == DECISION_ALLOW &&
		    strcmp(question->file.tool_name, tool_name) == 0;
	return n;
}

static struct question *
find(const struct task *task, uint64_t number)
{
	struct questions *questions = questions_of(task);
	struct question *question = questions == NULL ?
	    NULL :
	    TAILQ_FIRST(&questions->list);

	while (question != NULL && question->number != number)
		question = TAILQ_NEXT(question, entry);
	return question;
}

const struct question *
question_find(const struct task *task, uint64_t number)
{
	return find(task, number);
}

uint64_t
question_answered_by(const struct task *task, const char *call)
{
	const struct question *question = NULL;

	if (questions_of(task) == NULL) /* it may have ended since */
		return question_files_answered_by(task_record(task)->dir, call);
	while ((question = question_next(task, question)) != NULL)
		if (question->answered && question->answer.call != NULL &&
		    strcmp(question->answer.call, call) == 0)
			return question->number;
	return 0;
}

uint64_t
question_parse(const char *request_id)
{
	const char *digits = request_id + (request_id[0] == 'q');

	if (digits[0] == '\0' || digits[0] == '0' || strlen(digits) > 18 ||
	    strspn(digits, "0123456789") != strlen(digits))
		return 0;
	return strtoull(digits, NULL, 10);
}

bool
question_untold(const struct task *task, const char *owner)
{
	const struct question *question = NULL;

	while ((question = question_next_open(task, question)) != NULL)
		if (!contains(question->told, owner))
			return true;
	return false;
}

static bool
note_told(struct question *question, const char *owner)
{
	if (question->answered || contains(question->told, owner))
		return false;
	if (strv_len(question->told) < TOLD_MAX)
		question->told = strv_add(question->told, owner);
	return true;
}

void
question_note_told(struct task *task, const char *owner)
{
	struct questions *questions = questions_of(task);
	struct question *question;

	if (questions == NULL)
		return;
	TAILQ_FOREACH(question, &questions->list, entry)
		note_told(question, owner);
}

bool
question_note_one(struct task *task, uint64_t number, const char *owner)
{
	struct question *question = find(task, number);

	return question != NULL && note_told(question, owner);
}

/*
 * Whether a question is the one that is wanted: by the same request to an
 * earlier daemon; or about the same use of the same tool, as when the agent
 * asks again because its bridge was killed.  An answer is for one request:
 * another one with an old id is asked anew.
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
find_wanted(const struct questions *questions,
    const struct question_wanted *wanted)
{
	struct question *question = TAILQ_FIRST(&questions->list);

	while (question != NULL && !is_wanted(question, wanted))
		question = TAILQ_NEXT(question, entry);
	return question;
}

static const char *
verdict(const struct question *question)
{
	return question->answer.decision != DECISION_ALLOW ? "denied" :
	    question->answer.answers != NULL               ? "answered" :
							     "allowed";
}

static void
log_answer(const struct question *question)
{
	log_info(TASK_ID ": q%" PRIu64 " %s%s by %s",
	    task_record(question->task)->number, question->number,
	    verdict(question), question->answer.always ? " always" : "",
	    question->answer.by == NULL ? "somebody" : question->answer.by);
}

/* Writes the answer to disk, then notes it in memory. */
static int
write_answer(struct question *question, const struct question_answer *given,
    struct error *err)
{
	struct question_answer answer = *given;
	char at[TIMEFMT_SIZE];
	int result;

	answer.tool_name = question->file.tool_name;
	answer.at = timefmt_iso(time_wall_ms(), at);
	result = question_files_answer(task_record(question->task),
	    question->number, &answer, err);
	if (result == 0)
		schema_copy(question_answer_fields, &answer, &question->answer);
	else if (err->code != ERR_BUSY ||
	    !question_files_read_answer(task_record(question->task)->dir,
		question->number, &question->answer))
		return -1; /* it stays open */
	settle(question);
	learn(questions_of(question->task), &question->answer);
	log_answer(question);
	return result;
}

struct json_object *
question_input(const struct question *question)
{
	struct error err;

	return json_parse(question->file.input, strlen(question->file.input),
	    &err);
}

bool
question_wants_answers(const struct question *question)
{
	struct json_object *input;
	bool wants;

	if (question->answered)
		return question->answer.answers != NULL;
	input = question_input(question);
	wants = input != NULL && choices_are(question->file.tool_name, input);
	json_object_put(input);
	return wants;
}

/* Whether an answer is of the kind that a question wants. */
static int
check_kind(const struct question *question, const struct question_answer *given,
    struct error *err)
{
	struct json_object *input, *answered = NULL;

	if (given->decision != DECISION_ALLOW)
		return 0;
	if (question_wants_answers(question)) {
		input = question_input(question);
		answered = choices_answer(input, given->answers, err);
		json_object_put(input);
		json_object_put(answered);
		return answered == NULL ? -1 : 0;
	}
	if (given->answers == NULL)
		return 0;
	fail(err, ERR_INVALID,
	    "it asks to be allowed something: expected allow or deny, got "
	    "\"%.40s\"",
	    given->answers[0]);
	return -1;
}

static const struct question_answer by_always = { .decision = DECISION_ALLOW,
	.by = (char[]){ "an answer that is for always" } };

/* Questions about a tool that is allowed for good are allowed with it. */
static void
answer_same_tool(struct questions *questions)
{
	struct error err;
	struct question *question;

	TAILQ_FOREACH(question, &questions->list, entry)
		if (!question->answered &&
		    contains(questions->always, question->file.tool_name) &&
		    !question_wants_answers(question) &&
		    write_answer(question, &by_always, &err) != 0)
			log_warnx(TASK_ID ": q%" PRIu64 ": %s",
			    task_record(question->task)->number,
			    question->number, err.text);
}

static void
already(const struct question *question, struct error *err)
{
	fail(err, ERR_BUSY,
	    TASK_ID ": q%" PRIu64 " was %s already by %s; the first "
		    "answer counts",
	    task_record(question->task)->number, question->number,
	    verdict(question),
	    question->answer.by == NULL ? "somebody" : question->answer.by);
}

int
question_answer(struct task *task, uint64_t number,
    const struct question_answer *given, struct error *err)
{
	struct question *question = find(task, number);
	int result = -1;

	if (question == NULL)
		fail(err, ERR_NOT_FOUND,
		    TASK_ID " has not asked a question q%" PRIu64,
		    task_record(task)->number, number);
	else if (question->answered) {
		if (same(question->answer.call, given->call))
			return 0; /* it was this very request */
		already(question, err);
	} else if (given->decision == DECISION_ALLOW &&
	    !question_files_is(task_record(task), number, question->file.input))
		fail(err, ERR_INVALID,
		    TASK_ID ": q%" PRIu64 ": what ask-%" PRIu64
			    ".json says is not what was asked, so nobody knows "
			    "what you have seen; deny it",
		    task_record(task)->number, number, number);
	else if (check_kind(question, given, err) != 0)
		fail_prefix(err, TASK_ID ": q%" PRIu64,
		    task_record(task)->number, number);
	else if (given->decision == DECISION_DENY || config_check(err) == 0) {
		result = write_answer(question, given, err);
		if (result != 0 && question->answered)
			already(question, err);
		answer_same_tool(questions_of(task));
		tell(task);
	}
	return result;
}

static struct question *
make(struct questions *questions, const struct question_wanted *wanted,
    struct error *err)
{
	const struct record *rec = task_record(questions->task);
	char at[TIMEFMT_SIZE];
	uint64_t number = questions->last + 1;
	struct question_file file = {
		.version = QUESTION_VERSION,
		.request_id = xasprintf("q%" PRIu64, number),
		.tool_name = xstrdup(wanted->tool_name),
		.input = xstrdup(wanted->input),
		.tool_use_id = xstrdup(wanted->tool_use_id),
		.call = xstrdup(wanted->call),
		.asked_at = xstrdup(timefmt_iso(time_wall_ms(), at)),
	};
	struct question *question = NULL;

	if (questions->n >= QUESTIONS_MAX)
		fail(err, ERR_LIMIT,
		    "this run has asked %d questions, the most allowed",
		    QUESTIONS_MAX);
	else if (question_files_write(rec, number, &file, err) == 0) {
		/* its name was free: so is its answer's */
		questions->last = number;
		question = add(questions, number, &file);
	}
	schema_clear(question_file_fields, &file);
	return question;
}

const struct question *
question_put(struct task *task, const struct question_wanted *wanted,
    struct error *err)
{
	struct questions *questions = load(task, err);
	struct question *question;

	if (questions == NULL)
		return NULL;
	question = find_wanted(questions, wanted);
	if (question != NULL)
		return question;
	question = make(questions, wanted, err);
	if (question == NULL)
		return NULL;
	if (contains(questions->always, wanted->tool_name) &&
	    !question_wants_answers(question) &&
	    write_answer(question, &by_always, err) == 0)
		return question;
	log_info(TASK_ID ": q%" PRIu64 " asked", task_record(task)->number,
	    question->number);
	begin_expiry(question);
	tell(task);
	return question;
}
