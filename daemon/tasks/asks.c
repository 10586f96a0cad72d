/*
 * Questions.  See asks.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/schema.h"
#include "common/timefmt.h"
#include "daemon/config.h"
#include "daemon/loop.h"
#include "daemon/tasks/asks.h"
#include "daemon/tasks/task_parts.h"

/* An expiry that could not be written is tried again after. */
#define AGAIN_MS 10000
/* So many questions a run may ask: each is a file. */
#define ASKS_MAX 10000
/* Owners that are remembered as told of one. */
#define TOLD_MAX 16

struct asks {
	TAILQ_HEAD(ask_list, ask) list;
	uint64_t last; /* number that was ever given in this task */
	size_t n;
	char **always; /* tools that are allowed in this task */
};

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
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool
contains(char *const *v, const char *s)
{
	for (; v != NULL && *v != NULL; v++)
		if (strcmp(*v, s) == 0)
			return true;
	return false;
}

/* An open question is kept whole; of one with an answer little is needed. */
static void
take_answer(struct ask *ask)
{
	ask->answered = true;
	free(ask->file.input);
	ask->file.input = NULL;
	if (ask->expiry != NULL)
		event_free(ask->expiry);
	ask->expiry = NULL;
}

int64_t
asks_expires_at(const struct ask *ask)
{
	int64_t timeout_s = config_get()->agents.ask_timeout_s;

	return timeout_s == 0 ? 0 : ask->asked_at + timeout_s * 1000;
}

/* The clock may have been set back: it is never longer than at first. */
int64_t
asks_left_ms(const struct ask *ask)
{
	int64_t most = config_get()->agents.ask_timeout_s * 1000;
	int64_t left = asks_expires_at(ask) - time_wall_ms();

	if (most == 0)
		return -1;
	return left < 0 ? 0 : left > most ? most : left;
}

static void
expire(struct ask *ask)
{
	char span[TIMEFMT_SIZE], reason[80];
	struct ask_answer answer = { .decision = ASK_DENY };
	struct error err;

	snprintf(reason, sizeof(reason), "nobody answered within %s",
	    timefmt_span(config_get()->agents.ask_timeout_s * 1000, span));
	answer.reason = reason;
	answer.by = (char[]){ "timeout" };
	if (asks_answer(ask->task, ask->number, &answer, &err) == 0 ||
	    err.code == ERR_BUSY)
		return;
	log_warnx("t%" PRIu64 ": q%" PRIu64 ": %s", ask->task->rec.number,
	    ask->number, err.text);
	loop_timer_start(ask->expiry, AGAIN_MS);
}

static void
on_expiry(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	expire(arg);
}

static void
begin_expiry(struct ask *ask)
{
	int64_t left = asks_left_ms(ask);

	if (left == -1)
		return;
	ask->expiry = loop_timer_new(on_expiry, ask);
	loop_timer_start(ask->expiry, left);
}

/* Copies file. */
static struct ask *
add(struct task *task, uint64_t number, const struct ask_file *file)
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

/* For good, and what else it decides. */
static void
learn(struct asks *asks, const struct ask_answer *answer)
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
	learn(task->asks, &answer);
	if (strcmp(dir, task->rec.dir) == 0) {
		ask = add(task, number, file);
		schema_copy(ask_answer_fields, &answer, &ask->answer);
		if (answered)
			take_answer(ask);
		else
			begin_expiry(ask);
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

static int
load(struct task *task, struct error *err)
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

static void
set_state(struct task *task)
{
	if (record_running(&task->rec))
		task->rec.state = asks_open(task) > 0 ? STATE_NEEDS_INPUT :
							STATE_RUNNING;
}

static void
changed(struct task *task)
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
	if (load(task, &err) != 0)
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

static struct ask *
find(const struct task *task, uint64_t number)
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
	return find(task, number);
}

struct search {
	const char *call;
	uint64_t number;
};

static void
compare(const char *dir, uint64_t number, const struct ask_file *file,
    void *arg)
{
	struct ask_answer answer = { 0 };
	struct search *search = arg;

	(void)file;
	ask_files_read_answer(dir, number, &answer);
	if (same(answer.call, search->call))
		search->number = number;
	schema_clear(ask_answer_fields, &answer);
}

/* Its task may have ended since. */
static uint64_t
answered_on_disk(const struct task *task, const char *call)
{
	struct search search = { .call = call };
	struct error err;

	if (ask_files_each(task->rec.dir, compare, &search, &err) != 0)
		log_warnx("t%" PRIu64 ": %s", task->rec.number, err.text);
	return search.number;
}

uint64_t
asks_answered_by(const struct task *task, const char *call)
{
	const struct ask *ask = NULL;

	if (task->asks == NULL)
		return answered_on_disk(task, call);
	while ((ask = asks_next(task, ask)) != NULL)
		if (ask->answered && same(ask->answer.call, call))
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

/*
 * The same request to another daemon; or the same use of the same tool, as
 * when the agent asks again because its bridge was killed.  An answer is
 * for one request: another one with an old id is asked anew.
 */
static bool
is_wanted(const struct ask *ask, const struct ask_wanted *wanted)
{
	if (wanted->replayed && same(ask->file.call, wanted->call))
		return true;
	return !ask->answered &&
	    same(ask->file.tool_use_id, wanted->tool_use_id) &&
	    same(ask->file.tool_name, wanted->tool_name) &&
	    same(ask->file.input, wanted->input);
}

static struct ask *
find_wanted(const struct task *task, const struct ask_wanted *wanted)
{
	struct ask *ask = TAILQ_FIRST(&task->asks->list);

	while (ask != NULL && !is_wanted(ask, wanted))
		ask = TAILQ_NEXT(ask, entry);
	return ask;
}

static void
log_answer(const struct ask *ask)
{
	log_info("t%" PRIu64 ": q%" PRIu64 " %s%s by %s", ask->task->rec.number,
	    ask->number,
	    ask->answer.decision == ASK_ALLOW ? "allowed" : "denied",
	    ask->answer.always ? " always" : "",
	    ask->answer.by == NULL ? "somebody" : ask->answer.by);
}

/* The rest of given is the caller's; on disk first. */
static int
write_answer(struct ask *ask, const struct ask_answer *given, struct error *err)
{
	struct ask_answer answer = *given;
	char at[TIMEFMT_SIZE];
	int result;

	answer.tool_name = ask->file.tool_name;
	answer.at = timefmt_iso(time_wall_ms(), at);
	result = ask_files_answer(&ask->task->rec, ask->number, &answer, err);
	if (result == 0)
		schema_copy(ask_answer_fields, &answer, &ask->answer);
	else if (err->code != ERR_BUSY ||
	    !ask_files_read_answer(ask->task->rec.dir, ask->number,
		&ask->answer))
		return -1; /* it stays open */
	take_answer(ask);
	learn(ask->task->asks, &ask->answer);
	log_answer(ask);
	return result;
}

static const struct ask_answer by_always = { .decision = ASK_ALLOW,
	.by = (char[]){ "an answer that is for always" } };

/* What was asked in the meantime is allowed with it. */
static void
answer_same_tool(struct task *task)
{
	struct error err;
	struct ask *ask;

	TAILQ_FOREACH(ask, &task->asks->list, entry)
	if (!ask->answered &&
	    contains(task->asks->always, ask->file.tool_name) &&
	    write_answer(ask, &by_always, &err) != 0)
		log_warnx("t%" PRIu64 ": q%" PRIu64 ": %s", task->rec.number,
		    ask->number, err.text);
}

static void
already(const struct ask *ask, struct error *err)
{
	fail(err, ERR_BUSY,
	    "t%" PRIu64 ": q%" PRIu64 " was %s already by %s; the first "
	    "answer counts",
	    ask->task->rec.number, ask->number,
	    ask->answer.decision == ASK_ALLOW ? "allowed" : "denied",
	    ask->answer.by == NULL ? "somebody" : ask->answer.by);
}

int
asks_answer(struct task *task, uint64_t number, const struct ask_answer *given,
    struct error *err)
{
	struct ask *ask = find(task, number);
	int result = -1;

	if (ask == NULL)
		fail(err, ERR_NOT_FOUND,
		    "t%" PRIu64 " has not asked a question q%" PRIu64,
		    task->rec.number, number);
	else if (ask->answered) {
		if (same(ask->answer.call, given->call))
			return 0; /* it was this very request */
		already(ask, err);
	} else {
		result = write_answer(ask, given, err);
		if (result != 0 && ask->answered)
			already(ask, err);
		answer_same_tool(task);
		changed(task);
	}
	return result;
}

static struct ask *
make(struct task *task, const struct ask_wanted *wanted, struct error *err)
{
	char id[24], at[TIMEFMT_SIZE];
	uint64_t number = task->asks->last + 1;
	const struct ask_file file = {
		.version = ASK_VERSION,
		.request_id = id,
		.tool_name = (char *)wanted->tool_name,
		.input = (char *)wanted->input,
		.tool_use_id = (char *)wanted->tool_use_id,
		.call = (char *)wanted->call,
		.asked_at = timefmt_iso(time_wall_ms(), at),
	};

	snprintf(id, sizeof(id), "q%" PRIu64, number);
	if (task->asks->n >= ASKS_MAX) {
		fail(err, ERR_LIMIT,
		    "this run has asked %d questions, the most allowed",
		    ASKS_MAX);
		return NULL;
	}
	if (ask_files_write(&task->rec, number, &file, err) != 0)
		return NULL;
	task->asks->last = number; /* its name was free: so is its answer's */
	return add(task, number, &file);
}

const struct ask *
asks_put(struct task *task, const struct ask_wanted *wanted, struct error *err)
{
	struct ask *ask;

	if (load(task, err) != 0)
		return NULL;
	ask = find_wanted(task, wanted);
	if (ask != NULL)
		return ask;
	ask = make(task, wanted, err);
	if (ask == NULL)
		return NULL;
	if (contains(task->asks->always, wanted->tool_name) &&
	    write_answer(ask, &by_always, err) == 0)
		return ask;
	log_info("t%" PRIu64 ": q%" PRIu64 " asked", task->rec.number,
	    ask->number);
	begin_expiry(ask);
	changed(task);
	return ask;
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

void
asks_note_told(struct task *task, const char *owner)
{
	struct ask *ask;

	if (task->asks == NULL)
		return;
	TAILQ_FOREACH(ask, &task->asks->list, entry)
	if (!ask->answered && !contains(ask->told, owner) &&
	    strv_len(ask->told) < TOLD_MAX)
		ask->told = strv_add(ask->told, owner);
}
