/*
 * A scanner for JSON from outside: it checks one text against RFC 8259's
 * grammar, real UTF-8 and our budgets, and finds members, all without
 * building a tree or allocating.  What json-c lets pass (NaN, single quotes,
 * raw control characters, overlong UTF-8, NUL in a key, trees without bound)
 * stops here.  Needs libc only.
 */
#ifndef COMMON_JSONSCAN_H
#define COMMON_JSONSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;

/* A piece of a JSON text; at == NULL: not there. */
struct jsonspan {
	const char *at;
	size_t len;
};

/*
 * Checks that text is one JSON value with nothing but white space around it,
 * within JSON_MAX_DEPTH and JSON_MAX_NODES.  On failure err names the byte
 * offset and what was wrong.  Refused beside bad grammar and bad UTF-8:
 * a \u0000 in a key.
 */
int jsonscan_check(const char *text, size_t len, struct error *err);

/* The functions below take text that has passed jsonscan_check. */

/* First character of the value: one of { [ " t f n or '0' for a number. */
char jsonscan_type(struct jsonspan value);

/*
 * Steps through the members of object (or, with key NULL, the elements of an
 * array); *pos starts at 0.  False when there are no more.  Key is the
 * string with its quotes.
 */
bool jsonscan_next(struct jsonspan value, size_t *pos, struct jsonspan *key,
    struct jsonspan *member);

/*
 * Finds n members of object by name in one pass; of duplicates the last one
 * counts, as in json-c.  found[i].at is NULL for what is missing.
 */
void jsonscan_members(struct jsonspan object, const char *const *names,
    struct jsonspan *found, size_t n);

/* Whether value is the string s (escapes decoded). */
bool jsonscan_is(struct jsonspan value, const char *s);

/*
 * Decodes a string into buf as UTF-8, NUL-terminated.  False when it is not
 * a string, has a NUL inside or does not fit.
 */
bool jsonscan_string(struct jsonspan value, char *buf, size_t size);

/* False when value is not an integer within int64_t. */
bool jsonscan_int(struct jsonspan value, int64_t *out);

#endif
