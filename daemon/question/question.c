/*
 * Questions: which there are.  See asks.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/question/parts.h"
#include "json/schema.h"

/*
 * Owners that are remembered as told of one: all who may wait at once, for
 * one that is forgotten is told again.
 */
#define TOLD_MAX CLIENTS_MAX

static void (*on_change)(struct task *task);

void
question_on_change(void (*fn)(struct task *task))
{
	on_change = fn;
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

void
question_settle(struct question *question)
{
	question->answered = true;
	free(question->file.input);
	question->file.input = NULL;
	if (question->expiry != NULL)
		event_free(question->expiry);
	question->expiry = NULL;
}

struct question *
question_add(struct task *task, uint64_t number,
    const struct question_file *file)
{
	struct questions *questions = task->questions;
	struct question *question = xcalloc(1, sizeof(*question)), *before;

	question->task = task;
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

void
question_learn(struct questions *questions,
    const struct question_answer *answer)
{
	if (answer->decision == DECISION_ALLOW && answer->always &&
	    answer->tool_name != NULL &&
	    !contains(questions->always, answer->tool_name))
		questions->always = strv_add(questions->always,
		    answer->tool_name);
}

/* Of earlier runs the numbers count, and what was allowed always. */
static void
found(const char *dir, uint64_t number, const struct question_file *file,
    void *arg)
{
	struct task *task = arg;
	struct question_answer answer = { 0 };
	struct question *question;
	bool answered;

	if (number > task->questions->last)
		task->questions->last = number;
	if (file == NULL)
		return;
	answered = question_files_read_answer(dir, number, &answer);
	question_learn(task->questions, &answer);
	if (strcmp(dir, task->rec.dir) == 0) {
		question = question_add(task, number, file);
		schema_copy(question_answer_fields, &answer, &question->answer);
		if (answered)
			question_settle(question);
		else
			question_begin_expiry(question);
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

	while ((question = TAILQ_FIRST(&questions->list)) != NULL) {
		TAILQ_REMOVE(&questions->list, question, entry);
		question_free(question);
	}
	strv_free(questions->always);
	free(questions);
}

int
question_load(struct task *task, struct error *err)
{
	if (task->questions != NULL)
		return 0;
	task->questions = xcalloc(1, sizeof(*task->questions));
	TAILQ_INIT(&task->questions->list);
	if (question_files_each_run(&task->rec, found_run, task, err) == 0)
		return 0;
	questions_free(task->questions);
	task->questions = NULL;
	return -1;
}

bool
question_is_always(const struct questions *questions, const char *tool_name)
{
	return contains(questions->always, tool_name);
}

static void
set_state(struct task *task)
{
	if (record_running(&task->rec))
		task->rec.state = question_count_open(task) > 0 ?
		    STATE_NEEDS_INPUT :
		    STATE_RUNNING;
}

void
question_changed(struct task *task)
{
	task_ref(task);
	set_state(task);
	if (on_change != NULL)
		on_change(task);
	task_tell(task);
	task_unref(task);
}

void
question_tell(struct task *task)
{
	task_tell(task);
}

void
question_look(struct task *task)
{
	struct error err;

	if (!task_spec_is_agent(&task->rec.spec))
		return;
	if (question_load(task, &err) != 0)
		log_warnx("t%" PRIu64 ": %s", task->rec.number, err.text);
	set_state(task);
	if (question_count_open(task) > 0 && on_change != NULL)
		on_change(task);
}

void
question_forget(struct task *task)
{
	struct questions *questions = task->questions;

	if (questions == NULL)
		return;
	task->questions = NULL;
	questions_free(questions);
	set_state(task);
	if (on_change != NULL)
		on_change(task);
}

const struct question *
question_next(const struct task *task, const struct question *question)
{
	if (question != NULL)
		return TAILQ_NEXT(question, entry);
	return task->questions == NULL ? NULL :
					 TAILQ_FIRST(&task->questions->list);
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

struct question *
question_get(const struct task *task, uint64_t number)
{
	struct question *question = task->questions == NULL ?
	    NULL :
	    TAILQ_FIRST(&task->questions->list);

	while (question != NULL && question->number != number)
		question = TAILQ_NEXT(question, entry);
	return question;
}

const struct question *
question_find(const struct task *task, uint64_t number)
{
	return question_get(task, number);
}

uint64_t
question_answered_by(const struct task *task, const char *call)
{
	const struct question *question = NULL;

	if (task->questions == NULL) /* it may have ended since */
		return question_files_answered_by(task->rec.dir, call);
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
	struct question *question;

	if (task->questions == NULL)
		return;
	TAILQ_FOREACH(question, &task->questions->list, entry)
		note_told(question, owner);
}

bool
question_note_one(struct task *task, uint64_t number, const char *owner)
{
	struct question *question = question_get(task, number);

	return question != NULL && note_told(question, owner);
}
