/*
 * The bridge between one MCP client on stdin and stdout and the daemon.
 */
#ifndef BRIDGE_BRIDGE_H
#define BRIDGE_BRIDGE_H

#include <signal.h>

/*
 * Passes lines on until stdin ends or *stop is set, by a handler of a
 * signal that only wait_mask lets through.  Ask: the task whose questions it
 * passes on, in place of a session's requests; or NULL.
 */
void bridge_run(const char *ask, const volatile sig_atomic_t *stop,
    const sigset_t *wait_mask);

#endif
