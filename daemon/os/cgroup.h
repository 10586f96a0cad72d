/*
 * The cgroup that has been delegated to us, in which each task gets one of
 * its own.
 */
#ifndef DAEMON_OS_CGROUP_H
#define DAEMON_OS_CGROUP_H

/* Looks, once at start, whether there is one that can be used. */
void cgroup_delegated_init(void);

/* Returns its absolute path, or NULL. */
const char *cgroup_delegated(void);

#endif
