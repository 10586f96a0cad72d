/*
 * The trash: emptied bit by bit, between other work.
 */
#ifndef DAEMON_STORE_TRASH_H
#define DAEMON_STORE_TRASH_H

#include <stdbool.h>

void trash_init(void);
void trash_free(void);
/* Starts to empty it, since something may be in it. */
void trash_kick(void);
/* At the start: an earlier daemon may have been in the middle of it. */
void trash_take_over(void);
/* Goes on when what was noted is synced (unsynced.h). */
void trash_go_on(void);
/* Closes the directory, before another state directory is opened. */
void trash_close(void);

/*
 * Removes one thing in the trash; false when there is nothing, or nothing
 * that can be removed.
 */
bool trash_empty(void);

#endif
