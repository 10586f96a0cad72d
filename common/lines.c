/*
 * Taking input apart into lines.  See lines.h.
 */
#include <string.h>

#include "common/limits.h"
#include "common/lines.h"

void
lines_feed(struct lines *lines, const char *chunk, size_t len)
{
	lines->chunk = chunk;
	lines->left = len;
}

void
lines_clear(struct lines *lines)
{
	buf_clear(&lines->part);
	memset(lines, 0, sizeof(*lines));
}

/* The part that was kept is the line, or the beginning of one too long. */
static enum line
deliver_part(struct lines *lines, size_t len, enum line kind,
    struct jsonspan *line)
{
	*line = (struct jsonspan){ lines->part.data, len };
	lines->delivered = true;
	return kind;
}

/* Takes the bytes up to the next newline, or all, of a line to be kept. */
static enum line
take(struct lines *lines, const char *piece, size_t len, bool whole,
    struct jsonspan *line)
{
	struct buf *part = &lines->part;

	if (part->len + len - whole > LINE_MAX_BYTES) {
		lines->chunk = piece; /* it comes as LINE_REST */
		lines->left += len;
		lines->skipping = true;
		return deliver_part(lines, part->len, LINE_TOO_LONG, line);
	}
	if (whole && part->len == 0) {
		*line = (struct jsonspan){ piece, len - 1 };
		return LINE_WHOLE;
	}
	buf_add(part, piece, len);
	return whole ? deliver_part(lines, part->len - 1, LINE_WHOLE, line) :
		       LINE_NONE;
}

enum line
lines_next(struct lines *lines, struct jsonspan *line)
{
	const char *piece = lines->chunk, *newline;
	size_t len;

	if (lines->delivered) {
		buf_clear(&lines->part);
		lines->delivered = false;
	}
	if (lines->left == 0)
		return LINE_NONE;
	newline = memchr(piece, '\n', lines->left);
	len = newline == NULL ? lines->left : (size_t)(newline + 1 - piece);
	lines->chunk += len;
	lines->left -= len;
	if (!lines->skipping)
		return take(lines, piece, len, newline != NULL, line);
	*line = (struct jsonspan){ piece, len };
	lines->skipping = newline == NULL;
	return LINE_REST;
}
