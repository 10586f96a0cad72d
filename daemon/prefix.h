/*
 * The folder of our programs, which an upgrade may have deleted under us: then
 * no task can be started any more, and a client that has the programs starts
 * the next daemon.
 */
#ifndef DAEMON_PREFIX_H
#define DAEMON_PREFIX_H

#include <stdbool.h>
#include <sys/types.h>

/*
 * Whether this daemon ends now, for the client in process pid can start
 * another one; its line is to be left to that.
 */
bool prefix_give_way(pid_t pid);

#endif
