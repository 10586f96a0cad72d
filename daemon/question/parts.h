/*
 * Inside of asks: what asks.c (which there are) and asks_answer.c (asking,
 * answering, expiring) share.
 */
#ifndef DAEMON_QUESTION_PARTS_H
#define DAEMON_QUESTION_PARTS_H

#include "daemon/question/question.h"
#include "daemon/task/parts.h"

struct asks {
	TAILQ_HEAD(ask_list, ask) list;
	uint64_t last; /* number that was ever given in this task */
	size_t n;
	char **always; /* tools that are allowed in this task */
};

/* asks.c */

/* Reads those of a task from its files, once. */
int asks_load(struct task *task, struct error *err);
/* Copies file. */
struct ask *asks_add(struct task *task, uint64_t number,
    const struct ask_file *file);
struct ask *asks_get(const struct task *task, uint64_t number);
/* Has an answer: little is kept of it, and it does not expire. */
void asks_settle(struct ask *ask);
/* What an answer decides beside its own question. */
void asks_learn(struct asks *asks, const struct ask_answer *answer);
bool asks_is_always(const struct asks *asks, const char *tool_name);
/* Sets the state of the task and tells who wants to know. */
void asks_changed(struct task *task);

/* asks_answer.c */

/* Begins the time after which an open question is denied, if there is one. */
void asks_begin_expiry(struct ask *ask);

#endif
