/*
 * How output is shown that is not shown byte by byte: cleaned, coloured, or
 * line by line with something before each.
 */
#ifndef CLI_LENS_H
#define CLI_LENS_H

#include <regex.h>
#include <stdbool.h>
#include <stddef.h>

#include "common/mem.h"

struct lens {
	/* Adds a piece, in whole characters; NULL: as it is. */
	void (*clean)(struct buf *out, const char *bytes, size_t len);
	int colour;          /* of the text, an SGR number; 0: none */
	bool by_line;        /* else the following have no meaning */
	const char *prefix;  /* before each line, as it is; or NULL */
	bool times;          /* before that, when the line came */
	const regex_t *grep; /* only lines that match; or NULL */
	const char *id;      /* lines are JSON, of this task; or NULL */
	const char *stream;  /* and of this stream of it */
	struct buf begun;    /* a line that has no end yet */
};

/* Adds a piece of output to out as it is to be seen. */
void lens_add(struct lens *lens, struct buf *out, const char *bytes,
    size_t len);
/* Adds the last line, if it has no end. */
void lens_end(struct lens *lens, struct buf *out);
/* Frees what is in it. */
void lens_clear(struct lens *lens);

#endif
