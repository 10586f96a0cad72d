/*
 * Live tasks, by the links in live/: each task that has not ended has one.
 */
#ifndef DAEMON_STORE_LIVE_H
#define DAEMON_STORE_LIVE_H

#include <stdbool.h>

struct error;
struct record;
struct store_name;

/* Makes the link of a task; made: there was none. */
int store_make_link(const struct record *rec, bool *made, struct error *err);
/* Makes the link if the task's directory is there; a failure is logged. */
void store_link(const struct record *rec);
/* Whether it is known that a task has no link. */
bool store_lacks_link(const struct store_name *name);
/* Drops the link of a task that ended, and the environment it has left. */
void store_settle(const struct record *rec);

/*
 * Follows a link to its task; false when there is no such task (errno is 0
 * then) or when that cannot be told.
 */
bool store_follow(const char *link, struct store_name *name);

/*
 * Calls fn for every link in live/, in order of numbers, until it returns
 * -1; removes the dangling ones.  -1 with err: some may not have been seen.
 */
int store_each_live(int (*fn)(const struct store_name *name, void *arg,
			struct error *err),
    void *arg, struct error *err);

#endif
