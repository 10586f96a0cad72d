/*
 * Output made readable: what a terminal would have shown in the end.
 */
#ifndef DAEMON_VIEW_CLEAN_H
#define DAEMON_VIEW_CLEAN_H

#include <stddef.h>

/*
 * Returns a copy, which the caller frees, as clean UTF-8: escape sequences
 * (ECMA-48) stripped, of a line that was written over by carriage returns
 * only the last state, of more than two equal lines one and their number.
 * It has at most as many characters as the original.
 */
char *clean_output(const char *bytes, size_t len);

#endif
