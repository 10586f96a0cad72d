/*
 * The environment that a task gets: the session's, less what ties a child
 * to that session, plus what was asked for and who it is.
 */
#ifndef DAEMON_TASK_ENVIRONMENT_H
#define DAEMON_TASK_ENVIRONMENT_H

#include <stddef.h>
#include <stdint.h>

struct buf;

/* Who the task is to its children; parent may be NULL. */
struct environment_task {
	const char *name;   /* t7-UUID: CCPROC_TASK */
	const char *parent; /* CCPROC_PARENT */
	int64_t depth;      /* CCPROC_DEPTH */
};

/*
 * Adds NAME=value pairs, each with a NUL, to out: of env (len bytes of such
 * pairs), of extra (a vector, or NULL), of task.
 */
void environment_build(const char *env, size_t len, char *const *extra,
    const struct environment_task *task, struct buf *out);

#endif
