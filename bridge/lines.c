/*
 * Taking input apart into lines.  See lines.h.
 */
#include <string.h>

#include "bridge/lines.h"
#include "common/limits.h"

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

/* Bytes up to and with the next newline, or all; *whole: there is one. */
static size_t
next_piece(const struct lines *lines, bool *whole)
{
	const char *newline = memchr(lines->chunk, '\n', lines->left);

	*whole = newline != NULL;
	return *whole ? (size_t)(newline + 1 - lines->chunk) : lines->left;
}

static enum line
skip(struct lines *lines, const char *piece, size_t len, bool whole,
    struct jsonspan *line)
{
	envelope_feed(&lines->envelope, piece, len);
	if (!whole)
		return LINE_NONE;
	lines->skipping = false;
	*line = envelope_id(&lines->envelope);
	return LINE_TOO_LONG;
}

/* From now on its bytes are looked at, but not kept. */
static void
begin_skipping(struct lines *lines)
{
	memset(&lines->envelope, 0, sizeof(lines->envelope));
	envelope_feed(&lines->envelope, lines->part.data, lines->part.len);
	buf_clear(&lines->part);
	lines->skipping = true;
}

/* Adds len bytes to the line so far, or gives up when it grows too long. */
static enum line
take(struct lines *lines, const char *piece, size_t len, bool whole,
    struct jsonspan *line)
{
	if (lines->part.len + len - whole > LINE_MAX_BYTES) {
		begin_skipping(lines);
		return skip(lines, piece, len, whole, line);
	}
	if (whole && lines->part.len == 0) {
		*line = (struct jsonspan){ piece, len - 1 };
		return LINE_WHOLE;
	}
	buf_add(&lines->part, piece, len);
	if (!whole)
		return LINE_NONE;
	*line = (struct jsonspan){ lines->part.data, lines->part.len - 1 };
	lines->delivered = true;
	return LINE_WHOLE;
}

enum line
lines_next(struct lines *lines, struct jsonspan *line)
{
	enum line got = LINE_NONE;
	const char *piece;
	size_t len;
	bool whole;

	if (lines->delivered) {
		buf_clear(&lines->part);
		lines->delivered = false;
	}
	while (got == LINE_NONE && lines->left > 0) {
		piece = lines->chunk;
		len = next_piece(lines, &whole);
		lines->chunk += len;
		lines->left -= len;
		if (lines->skipping)
			got = skip(lines, piece, len, whole, line);
		else
			got = take(lines, piece, len, whole, line);
	}
	return got;
}
