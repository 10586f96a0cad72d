/*
 * UTF-8: is it, and what to make of what is not.
 */
#ifndef COMMON_UTF8_H
#define COMMON_UTF8_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

/*
 * Length of the character at s: 1 to 4, or 0 when the bytes there are no
 * UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
 */
size_t utf8_next(const char *s, size_t len);

bool utf8_valid(const char *s, size_t len);

/* Number of characters; an invalid byte counts as one. */
size_t utf8_chars(const char *s, size_t len);

/*
 * Bytes from the start of s that n characters take, or, for utf8_last, from
 * its end.
 */
size_t utf8_first(const char *s, size_t len, size_t n);
size_t utf8_last(const char *s, size_t len, size_t n);

/*
 * Adds text with \n, \x1b or \u202e for what moves the cursor of a terminal,
 * shows text in another order than it has, or is invisible; newlines and tabs
 * stay unless it is to be one line.  Everything that goes to a terminal and is
 * not the output of a command passes here.
 */
void utf8_add_visible(struct buf *out, const char *s, size_t len,
    bool one_line);

/*
 * Writes U+2028 and U+2029 in a text of JSON as \u2028 and \u2029: readers of
 * lines in node 24 and Bun take them for the end of one.
 */
void utf8_escape_separators(struct buf *json);

/* The same for text that is JSON, where escapes keep what it means. */
void utf8_add_json(struct buf *out, const char *s, size_t len);

/* Returns a copy with U+FFFD for what is no UTF-8 and for NUL; the caller
 * frees. */
char *utf8_clean(const char *s, size_t len);

#endif
