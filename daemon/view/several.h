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
 * ANSWER_MAX_CHARS, and what completed is shortened for that first.  It is made
 * a task at a time, since their output is read.
 */
struct view_several;
/* The tasks stay the caller's, and must be there until it is freed. */
struct view_several *view_several_new(struct task *const *tasks, size_t n,
    bool brief, size_t chars, int next_wait_s);
void view_several_free(struct view_several *several);
/* Renders a task; false: nothing is left to do. */
bool view_several_step(struct view_several *several);
/* Then: the text, which the caller frees. */
char *view_several_text(const struct view_several *several);

/* All that at once; the caller frees it. */
char *view_tasks(struct task *const *tasks, size_t n, bool brief, size_t chars,
    int next_wait_s);

#endif
