/*
 * Long work in slices.  See slices.h.
 */
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <event2/event.h>

#include "common/mem.h"
#include "daemon/os/loop.h"
#include "daemon/os/slices.h"

/* Processor time of a slice; more than this a turn should not take. */
#define SLICE_US 2000

struct slices {
	bool (*step)(void *arg);
	void (*done)(void *arg);
	void *arg;
	struct event *next;
};

static int64_t
cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

int64_t
slices_begin(void)
{
	return cpu_us() + SLICE_US;
}

bool
slices_over(int64_t end)
{
	return cpu_us() >= end;
}

bool
slices_once(bool (*step)(void *arg), void *arg)
{
	int64_t end = slices_begin();

	while (step(arg))
		if (slices_over(end))
			return true;
	return false;
}

static void
on_next(int fd, short what, void *arg)
{
	struct slices *slices = arg;
	void (*done)(void *) = slices->done;
	void *of = slices->arg;

	(void)fd;
	(void)what;
	if (slices_once(slices->step, of)) {
		loop_timer_start(slices->next, 0);
		return;
	}
	slices_free(slices);
	done(of);
}

struct slices *
slices_new(bool (*step)(void *arg), void (*done)(void *arg), void *arg)
{
	struct slices *slices = xcalloc(1, sizeof(*slices));

	slices->step = step;
	slices->done = done;
	slices->arg = arg;
	slices->next = loop_timer_new(on_next, slices);
	loop_timer_start(slices->next, 0);
	return slices;
}

void
slices_free(struct slices *slices)
{
	if (slices == NULL)
		return;
	event_free(slices->next);
	free(slices);
}
