/*
 * Bytes coming in, taken apart into lines of at most LINE_MAX_BYTES.  Only
 * an unfinished line is kept, and of a longer one nothing.
 */
#ifndef COMMON_LINES_H
#define COMMON_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/jsonscan.h"
#include "common/mem.h"

struct lines {
	struct buf part; /* a line so far */
	bool delivered;  /* part is what lines_next gave last */
	bool skipping;   /* within a line that is too long */
	const char *chunk;
	size_t left; /* bytes of chunk that were not looked at */
};

enum line {
	LINE_NONE,
	LINE_WHOLE,
	LINE_TOO_LONG, /* the first bytes of one that is too long */
	LINE_REST,     /* more of that; its last ones when skipping is over */
};

/*
 * Borrows chunk until lines_next says LINE_NONE.  Who stops before that
 * takes back the bytes that are left, by feeding nothing.
 */
void lines_feed(struct lines *lines, const char *chunk, size_t len);

/*
 * The next line, without its newline, which stands after it; or a piece of
 * one that is too long.  Valid until the next call.
 */
enum line lines_next(struct lines *lines, struct jsonspan *line);

/* Drops everything, as when the writer has gone. */
void lines_clear(struct lines *lines);

#endif
