/*
 * The version of the state directory as a whole.
 */
#ifndef DAEMON_STORE_VERSION_H
#define DAEMON_STORE_VERSION_H

struct error;

/*
 * The latest version of state directories that this program knows.  Raise it
 * with each key that an earlier program must not pass over; a directory gets
 * the new one when such a key is written there, so that programs of both
 * versions go on together as long as nobody uses it.
 */
#define STORE_VERSION 3
/* Tasks have limits. */
#define STORE_VERSION_LIMITS 2
/* Tasks are held in the queue, or all of it is. */
#define STORE_VERSION_HOLD 3

/* Refuses a directory of a later version; touches nothing. */
int store_check_version(struct error *err);
/* Writes the first version where there is none. */
void store_note_version(void);
/* Makes it that one, if it is less, before what needs it is written. */
int store_raise_version(long version, struct error *err);

/*
 * Notes where this program is installed, unless a later one is: see
 * common/program.h.
 */
void store_note_program(void);

#endif
