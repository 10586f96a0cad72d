/*
 * The queue: starts the live tasks whose turn it is (turn.h), and ends those
 * whose turn will never come.
 */
#ifndef DAEMON_QUEUE_QUEUE_H
#define DAEMON_QUEUE_QUEUE_H

#include <stdbool.h>
#include <stddef.h>

void queue_init(void);
void queue_free(void);

/* Starts what may start. */
void queue_run(void);
/* Starts or ends one task; false: there is no more to do just now. */
bool queue_step(void);
/* The same, soon: for callers that are in the middle of a change. */
void queue_kick(void);
/* The same when the configuration or the cgroups are others: looks at all. */
void queue_recall(void);

/* The most that may run of a kind. */
size_t queue_slots(bool agents);

#endif
