/*
 * Time in milliseconds.
 */
#ifndef KEEPER_CLOCK_H
#define KEEPER_CLOCK_H

#include <stdint.h>
#include <time.h>

/* A deadline that never comes. */
#define CLOCK_NEVER INT64_MAX

/* For durations and deadlines use CLOCK_MONOTONIC: it stops in suspend. */
static inline int64_t
clock_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

#endif
