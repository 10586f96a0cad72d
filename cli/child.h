/*
 * Programs that are run and waited for.
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

struct buf;

/*
 * Runs argv[0], a path, with stdin as it is, and returns its exit status; 127:
 * it could not be run; 128 and its signal.  What it writes to the descriptor
 * (1 or 2) is appended to out, if that is not NULL.
 */
int child_run(char *const *argv, int fd, struct buf *out);

#endif
