/*
 * Programs that are run and waited for.
 */
#ifndef CLI_CHILD_H
#define CLI_CHILD_H

#include <sys/types.h>

struct buf;

/*
 * Runs argv[0], a path, with stdin as it is, and returns its exit status; 127:
 * it could not be run; 128 and its signal.  What it writes to the descriptor
 * (1 or 2) is appended to out, if that is not NULL.
 */
int child_run(char *const *argv, int fd, struct buf *out);

/*
 * The same in pieces: fds are its first three descriptors, or -1 for those
 * that stay as they are; -1: no process could be started.  Child_read appends
 * what comes from a descriptor up to its end.
 */
pid_t child_start(char *const *argv, const int fds[3]);
void child_read(int fd, struct buf *out);
int child_wait(pid_t pid);

#endif
