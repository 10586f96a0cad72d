/*
 * The cgroup that has been delegated to us, in which each task gets one of
 * its own.
 */
#ifndef DAEMON_OS_CGROUP_H
#define DAEMON_OS_CGROUP_H

/* At start: looks whether there is one, and whether it can be used. */
void cgroup_delegated_init(void);

/* Its absolute path, or NULL. */
const char *cgroup_delegated(void);

#endif
