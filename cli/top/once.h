/*
 * One frame as plain text.
 */
#ifndef CLI_TOP_ONCE_H
#define CLI_TOP_ONCE_H

/* The cursor is on a task, or (NULL) nowhere; returns the exit status. */
int once(const char *ccproc, const char *id);

#endif
