/*
 * A task in place of one that is still queued (options.replaces): it has the
 * environment, the owner, the ancestors, the group and the place of that, which
 * is cancelled as soon as the new one is accepted, and whatever waits for it
 * waits for the new one.
 */
#ifndef DAEMON_TASK_REPLACE_H
#define DAEMON_TASK_REPLACE_H

#include <stdbool.h>

struct buf;
struct error;
struct record;
struct session;
struct task_spec;

/* Whether a task may be accepted in place of another one; -1 with err. */
int replace_check(const struct task_spec *spec, const struct session *session,
    struct error *err);
/* Fills in what it has from the other one. */
void replace_inherit(struct record *rec);
/* Adds the environment that the other one was given; -1 with err. */
int replace_environment(const struct record *rec, struct buf *env,
    struct error *err);
/* It is accepted: the other one ends. */
void replace_end(const struct record *rec);

/*
 * Whether the end of the other one is recorded: before that the new one does
 * not start, since the next daemon might find the other one alone.
 */
bool replace_is_over(const struct record *rec);

/*
 * For a daemon that has adopted all tasks: ends those that an earlier one has
 * accepted others for.
 */
void replace_adopt(void);

#endif
