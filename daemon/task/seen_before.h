/*
 * Tasks that were asked for before: by a request that comes again because
 * its daemon died before the answer, and by a caller's key.  The names on
 * disk are the index.
 */
#ifndef DAEMON_TASK_SEEN_BEFORE_H
#define DAEMON_TASK_SEEN_BEFORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct record;
struct session;
struct task;
struct task_spec;

/*
 * The UUID of the index-th task of a request: it follows from session,
 * request and position, so it is the same whoever accepts it.
 */
void seen_before_uuid(const struct session *session, uint64_t ordinal,
    size_t index, char uuid[37]);

/*
 * Finds which of its n tasks a request has been given.
 * Returns references in tasks, NULL for each one that was never accepted.
 * -1 with err: one was, and has been cleaned up since.
 */
int seen_before_request(const struct session *session, uint64_t ordinal,
    struct task **tasks, size_t n, struct error *err);

/*
 * Returns in task a reference to the one with this key, or NULL.  -1 with
 * err: whether there is one cannot be told now.
 */
int seen_before_key(const char *key, struct task **task, struct error *err);

/* Whether that is what a task was asked to be, as far as it is recorded. */
bool seen_before_same(const struct record *rec, const struct task_spec *spec);

#endif
