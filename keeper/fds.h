/*
 * The descriptors that a keeper starts with.
 */
#ifndef KEEPER_FDS_H
#define KEEPER_FDS_H

/*
 * Opens what is missing of 0, 1 and 2 on /dev/null and closes all others but
 * keep (3 or more; -1: none), which becomes close-on-exec.  A descriptor that
 * somebody let slip would stay open as long as the task runs.
 */
void fds_isolate(int keep);

#endif
