/*
 * What a task has written last, by its files.
 */
#ifndef CLI_TOP_LASTLINE_H
#define CLI_TOP_LASTLINE_H

#include <stdbool.h>
#include <stddef.h>

struct row;

/* Reads the last line of a command, if it has written more; true: it has. */
bool lastline_read(struct row *row);
/* Whether there is more than at the last call; for agents. */
bool lastline_grew(struct row *row);

/*
 * Returns the end of a file of the task, in at most so many bytes, as lines of
 * clean text without what colours it; the caller frees.  "": none.
 */
char *lastline_tail(const struct row *row, const char *name, size_t bytes);

#endif
