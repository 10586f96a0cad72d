/*
 * Emptying the trash bit by bit, between other work.
 */
#ifndef DAEMON_STORE_TRASH_H
#define DAEMON_STORE_TRASH_H

void trash_init(void);
void trash_free(void);
/* Something may be in it. */
void trash_kick(void);

#endif
