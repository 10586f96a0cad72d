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
#define ASKS_MAX 10000

static bool
same(const char *a, const char *b)
{
	return a != NULL && b != NULL && strcmp(a, b) == 0;
}

int64_t
asks_left_ms(const struct ask *ask)
{
	int64_t left = ask->deadline - time_mono_ms();

	if (ask->expiry == NULL)
		return -1;
	return left < 0 ? 0 : left;
}

/* As it was said at first, for as long as that is true. */
int64_t
asks_expires_at(const struct ask *ask)
{
	int64_t at_first = ask->asked_at +
	    config_get()->agents.ask_timeout_s * 1000;
	int64_t left = asks_left_ms(ask), at = time_wall_ms() + left;

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
left_at_first(const struct ask *ask)
{
	int64_t most = config_get()->agents.ask_timeout_s * 1000;
	int64_t left = ask->asked_at + most - time_wall_ms();

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

void
asks_begin_expiry(struct ask *ask)
{
	int64_t left = left_at_first(ask);

	if (config_get()->agents.ask_timeout_s == 0)
		return;
	ask->deadline = time_mono_ms() + left;
	ask->expiry = loop_timer_new(on_expiry, ask);
	loop_timer_start(ask->expiry, left);
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
	asks_settle(ask);
	asks_learn(ask->task->asks, &ask->answer);
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
		    asks_is_always(task->asks, ask->file.tool_name) &&
		    write_answer(ask, &by_always, &err) != 0)
			log_warnx("t%" PRIu64 ": q%" PRIu64 ": %s",
			    task->rec.number, ask->number, err.text);
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
	struct ask *ask = asks_get(task, number);
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
		asks_changed(task);
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
	return asks_add(task, number, &file);
}

const struct ask *
asks_put(struct task *task, const struct ask_wanted *wanted, struct error *err)
{
	struct ask *ask;

	if (asks_load(task, err) != 0)
		return NULL;
	ask = find_wanted(task, wanted);
	if (ask != NULL)
		return ask;
	ask = make(task, wanted, err);
	if (ask == NULL)
		return NULL;
	if (asks_is_always(task->asks, wanted->tool_name) &&
	    write_answer(ask, &by_always, err) == 0)
		return ask;
	log_info("t%" PRIu64 ": q%" PRIu64 " asked", task->rec.number,
	    ask->number);
	asks_begin_expiry(ask);
	asks_changed(task);
	return ask;
}
