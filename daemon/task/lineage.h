/*
 * Tasks that start tasks: who started whom, how deep that may go and how
 * many they may be.
 */
#ifndef DAEMON_TASK_LINEAGE_H
#define DAEMON_TASK_LINEAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "daemon/session.h"

struct error;
struct record;
struct task_list;

/* The place in the lineage of tasks that a session starts. */
struct lineage {
	char *parent;     /* the task that the session is inside of: t9-UUID;
				 NULL: none */
	char **ancestors; /* t7, t9: from the first to the parent, as far as
				 they are ours; or NULL */
	int64_t depth;    /* 1: started by a person's session */
	bool foreign;     /* inside of a task of another daemon */
	bool unknown;     /* nobody could tell whose the session is, */
	bool hidden;      /* though its process is one of this machine */
};

/* Fills it by the session's process, else by what its environment says. */
void lineage_of(const struct session *session, struct lineage *lineage);
void lineage_clear(struct lineage *lineage);

/*
 * Whether the session is outside of all tasks, of this daemon and of others:
 * a person's.  Only its process can be outside, and only an environment that
 * names no task.
 */
bool lineage_is_outside(const struct session *session);

/* Whether the session is inside of that task, or of what it has started. */
bool lineage_includes(const struct session *session, uint64_t number);

/*
 * Whether the session may pause, hold, signal or change the task: what is inside
 * of a task may only do that with what it has started; what is inside of one of
 * another daemon, with what has the same parent by name.  -1 with err.
 */
int lineage_check_change(const struct session *session,
    const struct record *rec, struct error *err);

/* Whether n more tasks may be started there; -1 with err. */
int lineage_check(const struct lineage *lineage, size_t n, struct error *err);

/*
 * Whether the session may reply to the task: not from inside of a tree that was
 * stopped, nor from inside of another task into one.  -1 with err.
 */
int lineage_check_reply(const struct session *session, const struct record *rec,
    struct error *err);

/* Whether the task was started by that one, by itself or by others. */
bool lineage_descends(const struct record *rec, uint64_t number);

/*
 * Adds the live descendants of those in the list.  From then on nothing is
 * started inside of any of them, until they are started again themselves.
 */
void lineage_close(struct task_list *list);
void lineage_open(uint64_t number);

#endif
