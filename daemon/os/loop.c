/*
 * The event loop.  See loop.h.
 */
#include <event2/event.h>

#include "common/log.h"
#include "daemon/os/loop.h"

static struct event_base *base;

void
loop_init(void)
{
	base = event_base_new();
	if (base == NULL)
		fatalx("cannot make an event loop: libevent found no method "
		       "that works here");
}

void
loop_free(void)
{
	event_base_free(base);
	base = NULL;
}

struct event_base *
loop_base(void)
{
	return base;
}

struct event *
loop_timer_new(void (*fn)(int, short, void *), void *arg)
{
	struct event *timer = evtimer_new(base, fn, arg);

	if (timer == NULL)
		fatalx("out of memory: timer");
	return timer;
}

void
loop_timer_start(struct event *timer, int64_t ms)
{
	struct timeval tv = { .tv_sec = ms / 1000,
		.tv_usec = ms % 1000 * 1000 };

	/* from now on, not from when this turn of the loop began */
	event_base_update_cache_time(base);
	evtimer_add(timer, &tv);
}
