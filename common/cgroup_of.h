/*
 * The cgroup of a process; version 2 only.  Needs libc only.
 */
#ifndef COMMON_CGROUP_OF_H
#define COMMON_CGROUP_OF_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * The absolute path, without a slash at its end, of the cgroup of process
 * pid, or with 0 of our own; false when there is none that can be seen.
 */
bool cgroup_of(pid_t pid, char *path, size_t size);

#endif
