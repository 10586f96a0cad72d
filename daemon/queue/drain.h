/*
 * The queue paused: nothing more is started, of all tasks or of a group, until
 * somebody says so.  It is a file of the state directory, so each daemon knows.
 */
#ifndef DAEMON_QUEUE_DRAIN_H
#define DAEMON_QUEUE_DRAIN_H

#include <stdbool.h>

struct error;
struct record;

/* Reads it; one that is damaged pauses all. */
void drain_load(void);
void drain_forget(void);

/* Pauses a group (NULL: all), or ends that; -1 with err: it cannot be kept. */
int drain_set(const char *group, bool on, struct error *err);

/* Whether all is paused. */
bool drain_is_on(void);
/* Returns the first group that is paused, borrowed; NULL: none. */
const char *drain_first_group(void);
/* What is paused of that a task is: a group, "" all; NULL: nothing. */
const char *drain_of(const struct record *rec);

#endif
