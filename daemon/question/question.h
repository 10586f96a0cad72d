/*
 * The questions of a task: what its agent wants to do and must not without
 * an answer.  They are files, so they outlive the daemon; here they are in
 * memory while their task runs.  Nothing is allowed but by an answer.
 */
#ifndef DAEMON_QUESTION_QUESTION_H
#define DAEMON_QUESTION_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "daemon/question/files.h"

struct error;
struct event;
struct json_object;
struct task;

struct question {
	TAILQ_ENTRY(question) entry;
	struct task *task;
	uint64_t number; /* q1: unique in the task, not in the run only */
	struct question_file file;
	int64_t asked_at; /* ms */
	bool answered;
	struct question_answer answer;
	struct event *expiry; /* while it is open, and expires at all */
	int64_t deadline;     /* of that, monotonic ms */
	char **told;          /* owners whose model has heard of it */
};

/* What a request asks. */
struct question_wanted {
	const char *tool_name;
	const char *input;       /* JSON text of an object */
	const char *tool_use_id; /* or NULL */
	const char *call;        /* SESSION-ORDINAL */
	bool replayed;           /* an earlier daemon has had the request */
};

/*
 * Puts a question of a live task, unless it is there already; answered at
 * once where the user has allowed this tool always.  Returns it, borrowed;
 * NULL with err: it cannot be kept, so it must not be allowed.
 */
const struct question *question_put(struct task *task,
    const struct question_wanted *wanted, struct error *err);

/*
 * Whether a question wants answers, not a permission: then an answer that
 * allows has one to each of what it asks.
 */
bool question_wants_answers(const struct question *question);
/* The input of an open question; the caller puts it. */
struct json_object *question_input(const struct question *question);
/*
 * Answers a question: the first answer wins, and is on disk when this returns
 * 0.  ERR_BUSY: there is an answer; ERR_NOT_FOUND: there is no such question;
 * ERR_INVALID: it wants another kind of answer.
 * The members at and tool_name of the answer are filled in here.
 */
int question_answer(struct task *task, uint64_t number,
    const struct question_answer *given, struct error *err);

/* In order of their numbers; NULL gives the first. */
const struct question *question_next(const struct task *task,
    const struct question *question);
/* The same of those that are open. */
const struct question *question_next_open(const struct task *task,
    const struct question *question);
const struct question *question_find(const struct task *task, uint64_t number);
size_t question_count_open(const struct task *task);
/* How often this tool was allowed in this run. */
size_t question_allowed(const struct task *task, const char *tool_name);
/* The number of what a request of that name has answered; 0: nothing. */
uint64_t question_answered_by(const struct task *task, const char *call);
/* "q7" or "7"; 0: that is none. */
uint64_t question_parse(const char *request_id);

/*
 * Time until the question expires, ms; -1: it does not.  Only time counts in
 * which somebody could have answered: not while the machine sleeps.
 */
int64_t question_left_ms(const struct question *question);
/* When it expires as it looks now, wall clock ms; 0: never. */
int64_t question_expires_at(const struct question *question);

/* Whether one is open that an owner's model has not been told of. */
bool question_untold(const struct task *task, const char *owner);
void question_note_told(struct task *task, const char *owner);
/* The same of one question; false: it is noted already. */
bool question_note_one(struct task *task, uint64_t number, const char *owner);
/* Has those who watch or wait for the task look again. */
void question_tell(struct task *task);

/* Follows all tasks, so that those of agents that run are known. */
void question_start(void);
void question_stop(void);

#endif
