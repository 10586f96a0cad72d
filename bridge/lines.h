/*
 * Bytes coming in, taken apart into lines of at most LINE_MAX_BYTES.  Only
 * an unfinished line is kept; of a longer one, whose request it was.
 */
#ifndef BRIDGE_LINES_H
#define BRIDGE_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "bridge/envelope.h"
#include "common/jsonscan.h"
#include "common/mem.h"

struct lines {
	struct buf part; /* a line so far */
	bool delivered;  /* part is the line that lines_next gave last */
	bool skipping;   /* within a line that is too long */
	struct envelope envelope; /* of that */
	const char *chunk;
	size_t left; /* bytes of chunk that were not looked at */
};

enum line { LINE_NONE, LINE_WHOLE, LINE_TOO_LONG };

/* Borrows chunk until lines_next says LINE_NONE. */
void lines_feed(struct lines *lines, const char *chunk, size_t len);

/*
 * The next line, valid until the next call; a newline stands behind its
 * len.  LINE_TOO_LONG comes at the end of such a line, which is then the id
 * of the request that it was; at is NULL when it was none.
 */
enum line lines_next(struct lines *lines, struct jsonspan *line);

/* Drops everything, as when the writer has gone. */
void lines_clear(struct lines *lines);

#endif
