/*
 * The mutable words of a task, in its queue.json: the place in the queue that
 * somebody gave it since it was asked for, and whether it is held there.
 */
#ifndef DAEMON_RECORD_WAITING_H
#define DAEMON_RECORD_WAITING_H

#include <stdint.h>

struct error;
struct json_object;
struct task_spec;

#define WAITING_FILE "queue.json"
/* Beyond what a call can ask for there is room before and behind all. */
#define WAITING_PRIORITY_MAX 1000000

struct waiting_words {
	int64_t priority;
	char *held_by; /* it does not start; NULL: it may */
};

/* As the task was asked for. */
void waiting_fill(struct waiting_words *waiting, const struct task_spec *spec);
/*
 * Reads it from the directory of a task, whose spec has been read.  What is
 * damaged holds the task: it may have done so before.  -1 with err: it cannot
 * be read now.
 */
int waiting_load(struct waiting_words *waiting, const struct task_spec *spec,
    int dirfd, struct error *err);
/* Returns it as it is written; the caller puts it. */
struct json_object *waiting_encode(const struct waiting_words *waiting);
void waiting_clear(struct waiting_words *waiting);

#endif
