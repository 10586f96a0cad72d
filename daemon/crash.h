/*
 * The last word of a daemon that dies of a request, to who has sent it.  One
 * that is killed from outside says nothing: it did not die of the request.
 */
#ifndef DAEMON_CRASH_H
#define DAEMON_CRASH_H

#include <stdint.h>

/* From now on faults, failed assertions, fatal errors and watchdogs count. */
void crash_init(void);

/*
 * The request with this ordinal, from the socket fd, is being handled; 0: none
 * is, or its sender does not want to hear of it.
 */
void crash_handling(int fd, uint64_t ordinal);

#endif
