/*
 * What the newest tasks that have ended are called: their labels, and the names
 * of their groups.  They are read from disk once, since a name that nobody has
 * would have them read whenever it is looked up.
 */
#ifndef DAEMON_FIND_LABELS_H
#define DAEMON_FIND_LABELS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/limits.h"

struct error;

struct labels {
	uint64_t number;
	uint64_t group; /* or 0 */
	char label[LABEL_MAX_CHARS + 1], group_name[LABEL_MAX_CHARS + 1];
};

/*
 * Reads those of one more task, so that nobody has to wait for it: 1, there is
 * more to do; 0, they are known; -1, that cannot be done now.
 */
int labels_step(struct error *err);
/* Forgets them. */
void labels_stop(void);

/* Reads those that were not read yet.  -1: that cannot be done now. */
int labels_know(struct error *err);
/*
 * Calls fn with the names of each task, newest first, until it returns false.
 * Some may be live by now.
 */
void labels_each(bool (*fn)(const struct labels *names, void *arg), void *arg);

#endif
