/*
 * Windows of accounts that are used up: while one is closed no agent of the
 * account starts.  When it opens one agent is let through, and the others
 * follow when that one was served.  Nothing is on disk but in the runs that
 * wait for a window.
 */
#ifndef DAEMON_QUEUE_WINDOW_H
#define DAEMON_QUEUE_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

struct record;

struct window_wait {
	int64_t ms;        /* until somebody should look again */
	int64_t opens_at;  /* wall clock, ms */
	uint64_t probe;    /* it has opened: the task that tries it; or 0 */
	const char *limit; /* five_hour; borrowed */
};

/* Whether an agent has to wait for one. */
bool window_is_closed(const struct record *rec, struct window_wait *wait);

/* An agent's run is in the queue, after one that was refused or for another. */
void window_note_queued(const struct record *rec);
void window_note_started(const struct record *rec);
void window_note_ended(const struct record *rec);

void window_forget(void);

#endif
