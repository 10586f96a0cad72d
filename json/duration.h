/*
 * Durations as people write them: 90, 10m, 2h, 1.5d.
 */
#ifndef JSON_DURATION_H
#define JSON_DURATION_H

#include <stdbool.h>
#include <stdint.h>

/* What is expected, for errors and help. */
#define DURATION_FORMS "a duration such as 90, 10m, 2h or 1.5d"
/* The longest; so many milliseconds still fit anywhere. */
#define DURATION_MAX_S (INT64_C(100) * 366 * 86400)

/*
 * Seconds, unless it ends in ms, s, m (or min), h, d or w.  False: it is none,
 * or longer than the longest.
 */
bool duration_parse(const char *text, int64_t *ms);
/* Whole seconds, of a part of one a whole one. */
int64_t duration_s(int64_t ms);

#endif
