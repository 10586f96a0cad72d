/*
 * Tasks as JSON for programs.  The caller frees what is returned.
 */
#ifndef DAEMON_VIEW_JSON_H
#define DAEMON_VIEW_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;
struct task;

/* What a task is and how it stands, without its files; the caller puts it. */
struct json_object *view_json_brief(const struct task *task);

/* The stable shape of a task; the caller puts it. */
struct json_object *view_json(const struct task *task, size_t chars);

/*
 * {"tasks":[...]} as text, within ANSWER_MAX_CHARS: results are shortened for
 * that first; should the rest still be too long, tasks at the end are left out,
 * and their ids told.  It is made a task at a time, since each is read from disk.
 */
struct view_json_page;
/* The tasks stay the caller's, and must be there until it is freed. */
struct view_json_page *view_json_page_new(struct task *const *tasks, size_t n,
    size_t chars);
void view_json_page_free(struct view_json_page *page);
/* Renders a task; false: nothing is left to do. */
bool view_json_page_step(struct view_json_page *page);
/* Then: how many of the tasks it has. */
size_t view_json_page_shown(const struct view_json_page *page);
/* What is told beside the tasks, unless it is NULL or 0. */
struct view_json_rest {
	const char *unread; /* a line about tasks that could not be read */
	double cost_today_usd;
	uint64_t next;  /* the number of a task: older ones may follow; or 0 */
	size_t matched; /* how many more pages would tell of, with these */
};
char *view_json_page_text(const struct view_json_page *page,
    const struct view_json_rest *of_all);

/* All that at once. */
char *view_json_list(struct task *const *tasks, size_t n, size_t chars,
    size_t *shown);

#endif
