/*
 * The version of the state directory as a whole.
 */
#ifndef DAEMON_STORE_VERSION_H
#define DAEMON_STORE_VERSION_H

struct error;

/*
 * The version of state directories that this program writes.  Raise it when
 * an earlier program could no longer read one.
 */
#define STORE_VERSION 1

/* Refuses a directory of a later version; touches nothing. */
int store_check_version(struct error *err);
/* Writes the version where it is missing or older. */
void store_note_version(void);

/*
 * Notes where this program is installed, unless a later one is: see
 * common/program.h.
 */
void store_note_program(void);

#endif
