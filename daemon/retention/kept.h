/*
 * What a pass of retention came to, kept on disk for the next daemon, so that
 * it need not look at all tasks again.
 */
#ifndef DAEMON_RETENTION_KEPT_H
#define DAEMON_RETENTION_KEPT_H

#include <stdbool.h>
#include <stdint.h>

struct kept {
	int64_t day;          /* when it was, from the epoch on */
	int64_t tasks, bytes; /* that it left, */
	int64_t ended, grown; /* and that have ended since */
};

/*
 * Reads it into what has only the ends of adopted tasks so far, which it adds.
 * False: there is nothing to go by, such as after a reboot or when tasks have
 * come or gone unseen.
 */
bool kept_read(struct kept *kept);
/* NULL: nothing is known that the next daemon could go by. */
void kept_write(const struct kept *kept);
void kept_close(void);

#endif
