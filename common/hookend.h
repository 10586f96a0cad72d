/*
 * How a hook ended, in words, from the exit record in its folder.
 */
#ifndef COMMON_HOOKEND_H
#define COMMON_HOOKEND_H

struct exitrec;

/* Returns what went wrong with it, which the caller frees; NULL: nothing. */
char *hookend_failure(const struct exitrec *exit);

#endif
