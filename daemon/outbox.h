/*
 * Lines to a client that may not leave yet: what they tell is not synced
 * (store/unsynced.h).  Their order is kept.
 */
#ifndef DAEMON_OUTBOX_H
#define DAEMON_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

struct outbox_line;

struct outbox {
	STAILQ_HEAD(outbox_lines, outbox_line) lines;
	size_t bytes;
};

void outbox_init(struct outbox *outbox);
void outbox_clear(struct outbox *outbox);

/* Takes the line, or (false) leaves it to the caller: it may go now. */
bool outbox_hold(struct outbox *outbox, char *line, size_t len);

/*
 * Returns the next line that may go now, which the caller frees; NULL: there
 * is none.  Where the disk has refused what it tells, an error in its place
 * says so.
 */
char *outbox_next(struct outbox *outbox, size_t *len);

#endif
