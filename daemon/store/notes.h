/*
 * Notes of what a request meant before it changed anything.
 */
#ifndef DAEMON_STORE_NOTES_H
#define DAEMON_STORE_NOTES_H

#include <stdint.h>

struct error;

/* A note is text of lines; the caller frees what was read, NULL: none. */
int store_write_note(const char *session, uint64_t ordinal, const char *text,
    struct error *err);
char *store_read_note(const char *session, uint64_t ordinal);
void store_drop_notes(const char *session);
void store_drop_old_notes(void);

#endif
