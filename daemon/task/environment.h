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
	/* The bridge, beside which an agent may be installed; NULL: no agent. */
	const char *bridge;
	/* Where the conversation of an agent is kept, as environment_homes said
	 * of its first run; NULL: where this environment says. */
	char *const *homes;
};

/*
 * Adds NAME=value pairs, each with a NUL, to out: of env (len bytes of such
 * pairs), of extra (a vector, or NULL), of task.
 */
void environment_build(const char *env, size_t len, char *const *extra,
    const struct environment_task *task, struct buf *out);

/*
 * Returns the PATH of agents: at its end the folders where they are usually
 * installed, which a client that was not started by a shell does not have.
 * The caller frees.
 */
char *environment_agent_path(const char *path, const char *home,
    const char *bridge);

/* Returns the value of a variable, or NULL; borrows. */
const char *environment_get(const struct buf *env, const char *name);

/* Returns those pairs of an environment that say where agents keep their
 * conversations; the caller frees. */
char **environment_homes(const struct buf *env);

#endif
