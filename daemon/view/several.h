/*
 * Several tasks as one text for models and people.
 */
#ifndef DAEMON_VIEW_SEVERAL_H
#define DAEMON_VIEW_SEVERAL_H

#include <stdbool.h>
#include <stddef.h>

struct task;

/*
 * Each as in view_task, below their verdict: those that failed first, and as
 * long as asked for; the others, which are seldom read, in less if chars is
 * RESULT_CHARS.  Brief: their first lines only.  The whole is within
 * ANSWER_MAX_CHARS, and what completed is shortened for that first.  The
 * caller frees it.
 */
char *view_tasks(struct task *const *tasks, size_t n, bool brief, size_t chars,
    int next_wait_s);

#endif
