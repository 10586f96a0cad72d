/*
 * How much memory the machine has to give.
 */
#ifndef DAEMON_TASKS_MEMORY_H
#define DAEMON_TASKS_MEMORY_H

#include <stdint.h>

#define MEMORY_INFO "/proc/meminfo"

/* MemAvailable of such a file, in bytes; -1: it does not say. */
int64_t memory_available(const char *path);

#endif
