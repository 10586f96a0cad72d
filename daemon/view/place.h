/*
 * The place of a queued task, what it waits for, and which run it is.
 */
#ifndef DAEMON_VIEW_PLACE_H
#define DAEMON_VIEW_PLACE_H

struct buf;
struct json_object;
struct task;

/* Adds, of a queued task, its place and what it waits for: to a text. */
void view_queued(const struct task *task, struct buf *out);
/* The same as members of an object, which are null where it is not queued. */
void view_queued_json(const struct task *task, struct json_object *object);

/* Adds which of several runs it is, and how many messages wait for its end. */
void view_run(const struct task *task, struct buf *out);

#endif
