/*
 * Figures in few columns.
 */
#ifndef CLI_TOP_SPELL_H
#define CLI_TOP_SPELL_H

#include <stdint.h>

#define SPELL_SIZE 32

/* When the local day began; ms since 1970, as now. */
int64_t spell_midnight(int64_t now);

/* Fill text, which has SPELL_SIZE bytes, and return it. */

/* "0:31", "14:02", "1:02:03", "2d 03h", of ms. */
char *spell_age(int64_t ms, char *text);
/* "at 14:02", of another day "30 Nov"; ms since 1970, as now. */
char *spell_moment(int64_t ms, int64_t now, char *text);
/* "612 M", "1.9 G", of bytes. */
char *spell_memory(int64_t bytes, char *text);
/* "398 %" */
char *spell_percent(double percent, char *text);
/* "$0.31", "$128" */
char *spell_cost(double usd, char *text);

#endif
