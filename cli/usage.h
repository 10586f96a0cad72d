/*
 * What a running task uses of the machine, by the files of its cgroup.
 */
#ifndef CLI_USAGE_H
#define CLI_USAGE_H

#include <stdint.h>

struct usage {
	int64_t cpu_us; /* -1: not known; also of the others */
	int64_t memory, memory_peak;
	char pressure[160]; /* "cpu 12 %, memory 0 %, io 3 %", or "" */
};

/* The cgroup is that of the task's claim, "" if it has none. */
void usage_read(const char *cgroup, struct usage *usage);
/* Only cpu_us and memory, for who looks often. */
void usage_measure(const char *cgroup, struct usage *usage);

#endif
