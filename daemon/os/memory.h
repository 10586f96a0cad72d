/*
 * How much memory there is for more processes.
 */
#ifndef DAEMON_OS_MEMORY_H
#define DAEMON_OS_MEMORY_H

#include <stdint.h>

/*
 * Returns the bytes that the machine has to give, or that the limits of our
 * own cgroups leave, whichever is less; -1: unknown.
 */
int64_t memory_free(void);

/* Returns MemAvailable of such a file as /proc/meminfo, in bytes, or -1. */
int64_t memory_available(const char *path);
/*
 * Returns what the limits of the cgroup at path below root, and of those
 * above it, leave; -1: no limit.  Cache that the kernel can drop is free.
 */
int64_t memory_left(const char *root, const char *path);

#endif
