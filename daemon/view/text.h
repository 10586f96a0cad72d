/*
 * Tasks as text for models and people, as JSON for programs, as rows of a
 * table.  Every string that is returned is the caller's to free.
 */
#ifndef DAEMON_VIEW_TEXT_H
#define DAEMON_VIEW_TEXT_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct json_object;
struct task;

/* "t7 fix-login failed: exit code 3 · 12.4 s" */
char *view_first_line(const struct task *task);

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

/* Of a queued one: its place, and what it waits for; or that as members. */
void view_queued(const struct task *task, struct buf *out);
void view_queued_json(const struct task *task, struct json_object *object);

/* Which of several runs it is, and what waits behind it. */
void view_run(const struct task *task, struct buf *out);

/* The stable shape of a task; the caller puts it. */
struct json_object *view_json(const struct task *task, size_t chars);

/* {"tasks":[...]} as text, its results shortened until it fits. */
char *view_json_list(struct task *const *tasks, size_t n, size_t chars);
/*
 * The same; unread, unless NULL, is a line about others; what agents have
 * cost today, unless that is nothing.
 */
char *view_json_page(struct task *const *tasks, size_t n, size_t chars,
    const char *unread, double cost_today_usd);

/* The head line of the table, and one row; owner: whose are "mine". */
void view_table_head(struct buf *out);
void view_table_row(const struct task *task, const char *owner,
    struct buf *out);

/* Milliseconds it has run or ran; -1: it never did. */
long long view_elapsed_ms(const struct task *task);
/* "SIGKILL" */
char *view_signal(int signo);
/*
 * What it came to as one text: an agent's result, a command's stdout, cut
 * to chars (*cut says whether); NULL: nothing.
 */
char *view_result(const struct task *task, size_t chars, int *cut);

#endif
