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
asks_on_change(void (*fn)(struct task *task))
{
	on_change = fn;
}

static void
ask_free(struct ask *ask)
{
	schema_clear(ask_file_fields, &ask->file);
	schema_clear(ask_answer_fields, &ask->answer);
	if (ask->expiry != NULL)
		event_free(ask->expiry);
	strv_free(ask->told);
	free(ask);
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
asks_settle(struct ask *ask)
{
	ask->answered = true;
	free(ask->file.input);
	ask->file.input = NULL;
	if (ask->expiry != NULL)
		event_free(ask->expiry);
	ask->expiry = NULL;
}

struct ask *
asks_add(struct task *task, uint64_t number, const struct ask_file *file)
{
	struct asks *asks = task->asks;
	struct ask *ask = xcalloc(1, sizeof(*ask)), *before;

	ask->task = task;
	ask->number = number;
	schema_copy(ask_file_fields, file, &ask->file);
	ask->asked_at = time_parse_iso(file->asked_at);
	before = TAILQ_LAST(&asks->list, ask_list);
	while (before != NULL && before->number > number)
		before = TAILQ_PREV(before, ask_list, entry);
	if (before == NULL)
		TAILQ_INSERT_HEAD(&asks->list, ask, entry);
	else
		TAILQ_INSERT_AFTER(&asks->list, before, ask, entry);
	asks->n++;
	return ask;
}

void
asks_learn(struct asks *asks, const struct ask_answer *answer)
{
	if (answer->decision == ASK_ALLOW && answer->always &&
	    answer->tool_name != NULL &&
	    !contains(asks->always, answer->tool_name))
		asks->always = strv_add(asks->always, answer->tool_name);
}

/* Of earlier runs the numbers count, and what was allowed always. */
static void
found(const char *dir, uint64_t number, const struct ask_file *file, void *arg)
{
	struct task *task = arg;
	struct ask_answer answer = { 0 };
	struct ask *ask;
	bool answered;

	if (number > task->asks->last)
		task->asks->last = number;
	if (file == NULL)
		return;
	answered = ask_files_read_answer(dir, number, &answer);
	asks_learn(task->asks, &answer);
	if (strcmp(dir, task->rec.dir) == 0) {
		ask = asks_add(task, number, file);
		schema_copy(ask_answer_fields, &answer, &ask->answer);
		if (answered)
			asks_settle(ask);
		else
			asks_begin_expiry(ask);
	}
	schema_clear(ask_answer_fields, &answer);
}

static int
found_run(const char *dir, void *arg, struct error *err)
{
	return ask_files_each(dir, found, arg, err);
}

static void
asks_free(struct asks *asks)
{
	struct ask *ask;

	while ((ask = TAILQ_FIRST(&asks->list)) != NULL) {
		TAILQ_REMOVE(&asks->list, ask, entry);
		ask_free(ask);
	}
	strv_free(asks->always);
	free(asks);
}

int
asks_load(struct task *task, struct error *err)
{
	if (task->asks != NULL)
		return 0;
	task->asks = xcalloc(1, sizeof(*task->asks));
	TAILQ_INIT(&task->asks->list);
	if (ask_files_each_run(&task->rec, found_run, task, err) == 0)
		return 0;
	asks_free(task->asks);
	task->asks = NULL;
	return -1;
}

bool
asks_is_always(const struct asks *asks, const char *tool_name)
{
	return contains(asks->always, tool_name);
}

static void
set_state(struct task *task)
{
	if (record_running(&task->rec))
		task->rec.state = asks_open(task) > 0 ? STATE_NEEDS_INPUT :
							STATE_RUNNING;
}

void
asks_changed(struct task *task)
{
	task_ref(task);
	set_state(task);
	if (on_change != NULL)
		on_change(task);
	task_tell(task);
	task_unref(task);
}

void
asks_tell(struct task *task)
{
	task_tell(task);
}

void
asks_look(struct task *task)
{
	struct error err;

	if (!task_spec_is_agent(&task->rec.stored.spec))
		return;
	if (asks_load(task, &err) != 0)
		log_warnx("t%" PRIu64 ": %s", task->rec.number, err.text);
	set_state(task);
	if (asks_open(task) > 0 && on_change != NULL)
		on_change(task);
}

void
asks_forget(struct task *task)
{
	struct asks *asks = task->asks;

	if (asks == NULL)
		return;
	task->asks = NULL;
	asks_free(asks);
	set_state(task);
	if (on_change != NULL)
		on_change(task);
}

const struct ask *
asks_next(const struct task *task, const struct ask *ask)
{
	if (ask != NULL)
		return TAILQ_NEXT(ask, entry);
	return task->asks == NULL ? NULL : TAILQ_FIRST(&task->asks->list);
}

const struct ask *
asks_next_open(const struct task *task, const struct ask *ask)
{
	do
		ask = asks_next(task, ask);
	while (ask != NULL && ask->answered);
	return ask;
}

size_t
asks_open(const struct task *task)
{
	const struct ask *ask = NULL;
	size_t n = 0;

	while ((ask = asks_next_open(task, ask)) != NULL)
		n++;
	return n;
}

size_t
asks_allowed(const struct task *task, const char *tool_name)
{
	const struct ask *ask = NULL;
	size_t n = 0;

	while ((ask = asks_next(task, ask)) != NULL)
		n += ask->answered && ask->answer.decision == ASK_ALLOW &&
		    strcmp(ask->file.tool_name, tool_name) == 0;
	return n;
}

struct ask *
asks_get(const struct task *task, uint64_t number)
{
	struct ask *ask = task->asks == NULL ? NULL :
					       TAILQ_FIRST(&task->asks->list);

	while (ask != NULL && ask->number != number)
		ask = TAILQ_NEXT(ask, entry);
	return ask;
}

const struct ask *
asks_find(const struct task *task, uint64_t number)
{
	return asks_get(task, number);
}

uint64_t
asks_answered_by(const struct task *task, const char *call)
{
	const struct ask *ask = NULL;

	if (task->asks == NULL) /* it may have ended since */
		return ask_files_answered_by(task->rec.dir, call);
	while ((ask = asks_next(task, ask)) != NULL)
		if (ask->answered && ask->answer.call != NULL &&
		    strcmp(ask->answer.call, call) == 0)
			return ask->number;
	return 0;
}

uint64_t
asks_parse(const char *request_id)
{
	const char *digits = request_id + (request_id[0] == 'q');

	if (digits[0] == '\0' || digits[0] == '0' || strlen(digits) > 18 ||
	    strspn(digits, "0123456789") != strlen(digits))
		return 0;
	return strtoull(digits, NULL, 10);
}

bool
asks_untold(const struct task *task, const char *owner)
{
	const struct ask *ask = NULL;

	while ((ask = asks_next_open(task, ask)) != NULL)
		if (!contains(ask->told, owner))
			return true;
	return false;
}

static bool
note_told(struct ask *ask, const char *owner)
{
	if (ask->answered || contains(ask->told, owner))
		return false;
	if (strv_len(ask->told) < TOLD_MAX)
		ask->told = strv_add(ask->told, owner);
	return true;
}

void
asks_note_told(struct task *task, const char *owner)
{
	struct ask *ask;

	if (task->asks == NULL)
		return;
	TAILQ_FOREACH(ask, &task->asks->list, entry)
		note_told(ask, owner);
}

bool
asks_note_one(struct task *task, uint64_t number, const char *owner)
{
	struct ask *ask = asks_get(task, number);

	return ask != NULL && note_told(ask, owner);
}
