/*
 * A task as text for models and people.  The caller frees what is returned.
 */
#ifndef DAEMON_VIEW_TEXT_H
#define DAEMON_VIEW_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct record;
struct task;

/*
 * The first line, then what it came to: an agent's result, a command's
 * output; of a running one the tail of its output and the next call, which
 * waits for next_wait_s.  At most about chars characters beside the first
 * line and hints.
 */
char *view_task(const struct task *task, size_t chars, int next_wait_s);

/*
 * The same as one of several: without the next call.  Where something is left
 * out, *cut is set; NULL: the call stands there that reads it.
 */
char *view_listed(const struct task *task, size_t chars, bool *cut);

/*
 * What it came to as one text: an agent's result, a command's stdout, cut
 * to chars (*cut says whether); NULL: nothing.
 */
char *view_result(const struct task *task, size_t chars, int *cut);
/*
 * The last line of that result with something on it, else of stderr; of a
 * command that failed the other way round.  NULL: there is none.
 */
char *view_last_line(const struct record *rec, const char *result);
/* The end of what it has written to a stream, likewise. */
char *view_tail(const struct record *rec, const char *stream, size_t chars,
    int *cut);

#endif
