/*
 * Tasks as JSON for programs.  The caller frees what is returned.
 */
#ifndef DAEMON_VIEW_JSON_H
#define DAEMON_VIEW_JSON_H

#include <stddef.h>

struct json_object;
struct task;

/* The stable shape of a task; the caller puts it. */
struct json_object *view_json(const struct task *task, size_t chars);

/*
 * {"tasks":[...]} as text, its results shortened until it fits, and then
 * without the last tasks, whose ids it tells; *shown is how many it has.
 */
char *view_json_list(struct task *const *tasks, size_t n, size_t chars,
    size_t *shown);
/*
 * The same as a page: with unread, a line about tasks that could not be read
 * (or NULL), and the cost of the day, unless that is 0.
 */
char *view_json_page(struct task *const *tasks, size_t n, size_t chars,
    const char *unread, double cost_today_usd);

#endif
