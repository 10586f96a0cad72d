/*
 * The calls that answers name, as a model may send them.  Each function adds
 * one to out.
 */
#ifndef DAEMON_VIEW_CALL_H
#define DAEMON_VIEW_CALL_H

#include <stddef.h>

struct buf;
struct question;
struct record;
struct task;

/* check_tasks {"ids":["t7"],"wait_s":45} */
void call_check(const struct record *rec, int wait_s, struct buf *out);
/* The same for several tasks, which their group names unless it is NULL. */
void call_check_all(struct task *const *tasks, size_t n, const char *group,
    int wait_s, struct buf *out);
/* read_output {"id":"t7","stream":"stdout","cursor":0} */
void call_read(const struct record *rec, const char *stream, struct buf *out);
/* read_output {"id":"t7","cursor":0}, whatever kind of task it is */
void call_read_all(const struct record *rec, struct buf *out);
/*
 * reply_task {"id":"t7","answer":{"request_id":"q1","decision":"deny"}}, with
 * these members of the answer.
 */
void call_reply(const struct question *question, const char *members,
    struct buf *out);

#endif
