/*
 * The view as long as somebody looks: waits for events, keys and the next
 * second, and draws.
 */
#ifndef CLI_TOP_LIVE_H
#define CLI_TOP_LIVE_H

/* The cursor begins on a task, or (NULL) at the top; returns the exit status. */
int live(const char *ccproc, const char *id);

#endif
