/*
 * The limits of a task, in its cgroup.
 */
#ifndef KEEPER_LIMITS_H
#define KEEPER_LIMITS_H

#include <stddef.h>
#include <stdint.h>

struct cgroup;

struct limits {
	int64_t memory_bytes; /* 0: none; also of the others */
	int64_t cpu_us;       /* of processor time in each 100 ms */
	int64_t processes;
};

/* Sets them; -1 with errno: the file is the one that could not be written. */
int limits_set(const struct limits *limits, const struct cgroup *cgroup,
    const char **file);

#endif
