/*
 * How much memory there is for more processes.
 */
#ifndef DAEMON_OS_MEMORY_H
#define DAEMON_OS_MEMORY_H

#include <stdint.h>

/*
 * Bytes that the machine has to give, or that the limits of our own cgroups
 * leave if that is less; -1: nothing tells.
 */
int64_t memory_free(void);

/* MemAvailable of a file such as /proc/meminfo, in bytes; -1: none. */
int64_t memory_available(const char *path);
/*
 * What the limits of the cgroup at path below root, and of those above it,
 * leave; -1: there is no limit.  What the kernel can drop counts as free.
 */
int64_t memory_left(const char *root, const char *path);

#endif
