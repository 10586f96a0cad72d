/*
 * Moments as people read them: in their time zone, and how long ago.
 */
#ifndef CLI_WHEN_H
#define CLI_WHEN_H

#include <stdint.h>

#define WHEN_SIZE 80

/* Fill text, which has WHEN_SIZE bytes, and return it. */

/* "18:46:08", now. */
char *when_now(char *text);
/* "18:46:08, 2 min ago", with a date that is not today's; ms since 1970. */
char *when_was(int64_t ms, char *text);

#endif
