/*
 * POSIX extended regular expressions for lines.  What they cost has no bound:
 * only a process whose limits end it may use them.  It is ended without a
 * word when there is no memory left for a pattern.
 */
#ifndef DAEMON_VIEW_MATCHER_H
#define DAEMON_VIEW_MATCHER_H

#include <stdbool.h>
#include <stddef.h>

struct error;
struct matcher;

/* NULL with err: the pattern is none, or refused. */
struct matcher *matcher_new(const char *pattern, struct error *err);
void matcher_free(struct matcher *matcher);

/* Whether a line matches; colours in it are not in the way. */
bool matcher_finds(const struct matcher *matcher, const char *line, size_t len);

/*
 * Returns a text that each line has which matches, apart from lines with escape
 * sequences; NULL: none is known.  To look for it is far quicker than to match.
 */
const char *matcher_literal(const struct matcher *matcher, size_t *len);

/* Returns about where the first match in a line that has one ends. */
size_t matcher_end(const struct matcher *matcher, const char *line, size_t len);

#endif
