/*
 * Tasks that the disk has refused to keep.  The next daemon must know them,
 * for the disk may say of another try that all is well; one after a restart of
 * the machine need not, for what it finds is what was kept.
 */
#ifndef DAEMON_STORE_REFUSALS_H
#define DAEMON_STORE_REFUSALS_H

#include <stdbool.h>
#include <stdint.h>

/* A task is added once, for whichever of its files. */
void refusals_add(uint64_t number);
/* Writes down those that were added, for the next daemon. */
void refusals_keep(void);
/* Whether one of these is among them, both included. */
bool refusals_has(uint64_t first, uint64_t last);
/* Takes over, from the state directory, those of earlier daemons. */
void refusals_recall(void);
/* Forgets them, but for the file. */
void refusals_clear(void);

#endif
