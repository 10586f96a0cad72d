/*
 * The part of /proc/PID/stat that we need.
 */
#ifndef KEEPER_PROCSTAT_H
#define KEEPER_PROCSTAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct procstat {
	char comm[32]; /* printable ASCII without quotes, or '?' */
	char state;
	pid_t ppid;
	int threads;
	int64_t start;    /* since boot, in clock ticks */
	uint32_t ignored; /* signal N as bit N - 1, up to 31 */
};

/* False when there is no such process; pid 0 is the caller. */
bool procstat_read(pid_t pid, struct procstat *st);

/* Whether it can still do something; a zombie cannot. */
bool procstat_alive(const struct procstat *st);

#endif
