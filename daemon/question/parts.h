/*
 * Inside of asks: what asks.c (which there are) and question_answer.c (asking,
 * answering, expiring) share.
 */
#ifndef DAEMON_QUESTION_PARTS_H
#define DAEMON_QUESTION_PARTS_H

#include "daemon/question/question.h"
#include "daemon/task/parts.h"

struct questions {
	TAILQ_HEAD(question_list, question) list;
	uint64_t last; /* number that was ever given in this task */
	size_t n;
	char **always; /* tools that are allowed in this task */
};

/* asks.c */

/* Reads those of a task from its files, once. */
int question_load(struct task *task, struct error *err);
/* Copies file. */
struct question *question_add(struct task *task, uint64_t number,
    const struct question_file *file);
struct question *question_get(const struct task *task, uint64_t number);
/* Has an answer: little is kept of it, and it does not expire. */
void question_settle(struct question *question);
/* What an answer decides beside its own question. */
void question_learn(struct questions *questions,
    const struct question_answer *answer);
bool question_is_always(const struct questions *questions,
    const char *tool_name);
/* Sets the state of the task and tells who wants to know. */
void question_changed(struct task *task);

/* question_answer.c */

/* Begins the time after which an open question is denied, if there is one. */
void question_begin_expiry(struct question *question);

#endif
