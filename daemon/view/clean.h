/*
 * Output made readable: the text that a terminal would show in the end.
 */
#ifndef DAEMON_VIEW_CLEAN_H
#define DAEMON_VIEW_CLEAN_H

#include <stddef.h>

/*
 * Returns a copy as clean UTF-8, which the caller frees.  Escape sequences
 * (ECMA-48) are stripped; of a line that carriage returns wrote over, the last
 * state is kept; of more than two equal lines, one and their number. The copy
 * has at most as many characters as the original.
 */
char *clean_output(const char *bytes, size_t len);

#endif
