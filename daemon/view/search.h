/*
 * Searching a task's output for lines that match.
 */
#ifndef DAEMON_VIEW_SEARCH_H
#define DAEMON_VIEW_SEARCH_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct output;
struct record;

/*
 * Lines that match a POSIX extended regular expression, each with context
 * lines around it, from byte cursor on; cursor -1: in the last SEARCH_BYTES.
 * At most SEARCH_BYTES are looked at and max_chars returned: out->to is
 * where to go on.  No match leaves the text empty.
 */
int search_output(const struct record *rec, const char *name,
    const char *pattern, int64_t context, int64_t cursor, size_t max_chars,
    struct output *out, struct error *err);

/* The same in a text that is not large; the caller frees.  NULL with err. */
char *search_text(const char *text, const char *pattern, int64_t context,
    struct error *err);

/* The most that one call searches, lest other sessions wait. */
#define SEARCH_BYTES (8 << 20)

#endif
