/*
 * Reading what a task wrote: the tail, or on from a cursor.  Cursors are
 * byte offsets in the file, so they survive everything.
 */
#ifndef DAEMON_VIEW_OUTPUT_H
#define DAEMON_VIEW_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

struct error;
struct record;

struct output {
	int64_t from, to; /* the bytes that text stands for */
	int64_t size;     /* of the file now */
	char *text;       /* as clean_output makes it; the caller frees */
};

/* The last max_chars characters, from a line's beginning if one is near. */
int output_tail(const struct record *rec, const char *name, size_t max_chars,
    struct output *out, struct error *err);

/*
 * At most max_chars characters from byte cursor on; up to the end of a line
 * unless the line is longer.
 */
int output_from(const struct record *rec, const char *name, int64_t cursor,
    size_t max_chars, struct output *out, struct error *err);

/*
 * The bytes as they are, NUL-terminated: at most max from cursor on, or, for
 * cursor -1, the last ones; from the beginning of a line if one is near.
 */
int output_bytes(const struct record *rec, const char *name, int64_t cursor,
    size_t max, struct output *out, struct error *err);

#endif
