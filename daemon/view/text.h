/*
 * Tasks as text for models and people.  The caller frees what is returned.
 */
#ifndef DAEMON_VIEW_TEXT_H
#define DAEMON_VIEW_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct task;

/*
 * The first line, then what it came to: an agent's result, a command's
 * output; of a running one the tail of its output and the next call, which
 * waits for next_wait_s.  At most about chars characters beside the first
 * line and hints.
 */
char *view_task(const struct task *task, size_t chars, int next_wait_s);

/*
 * Several of them, or (brief) their first lines only; the results are
 * shortened until the whole is within ANSWER_MAX_CHARS.
 */
char *view_tasks(struct task *const *tasks, size_t n, bool brief, size_t chars,
    int next_wait_s);

/*
 * What it came to as one text: an agent's result, a command's stdout, cut
 * to chars (*cut says whether); NULL: nothing.
 */
char *view_result(const struct task *task, size_t chars, int *cut);

#endif
