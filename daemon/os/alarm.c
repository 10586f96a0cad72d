/*
 * Alarms at a time of the wall clock.  See alarm.h.
 */
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/os/alarm.h"
#include "daemon/os/loop.h"

struct alarm {
	void (*fn)(int, short, void *);
	void *arg;
	int fd; /* -1: there was no time yet, or no descriptor for it */
	struct event *event;
	struct event *instead; /* a timer, without a descriptor */
	int64_t at_ms;
};

static void
on_time(int fd, short what, void *arg)
{
	struct alarm *alarm = arg;
	uint64_t times;

	if (fd != -1) /* it fails when the clock was set */
		(void)!read(fd, &times, sizeof(times));
	alarm->at_ms = 0;
	alarm->fn(fd, what, alarm->arg);
}

struct alarm *
alarm_new(void (*fn)(int, short, void *), void *arg)
{
	struct alarm *alarm = xcalloc(1, sizeof(*alarm));

	alarm->fn = fn;
	alarm->arg = arg;
	alarm->fd = -1;
	alarm->instead = loop_timer_new(on_time, alarm);
	return alarm;
}

void
alarm_free(struct alarm *alarm)
{
	if (alarm->event != NULL)
		event_free(alarm->event);
	if (alarm->fd != -1)
		close(alarm->fd);
	event_free(alarm->instead);
	free(alarm);
}

/* False: there is no descriptor left, or no watch of it. */
static bool
is_open(struct alarm *alarm)
{
	struct error err;

	if (alarm->fd != -1)
		return true;
	alarm->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (alarm->fd == -1)
		return false;
	alarm->event = loop_watch(alarm->fd, EV_READ | EV_PERSIST, on_time,
	    alarm, &err);
	if (alarm->event != NULL)
		return true;
	close(alarm->fd);
	alarm->fd = -1;
	return false;
}

void
alarm_set(struct alarm *alarm, int64_t at_ms)
{
	struct itimerspec time = { .it_value = { .tv_sec = at_ms / 1000,
				       .tv_nsec = at_ms % 1000 * 1000000 } };
	int64_t left;

	if (at_ms == alarm->at_ms)
		return;
	alarm->at_ms = at_ms;
	event_del(alarm->instead);
	if ((at_ms != 0 || alarm->fd != -1) && is_open(alarm) &&
	    timerfd_settime(alarm->fd,
		TFD_TIMER_ABSTIME | (at_ms == 0 ? 0 : TFD_TIMER_CANCEL_ON_SET),
		&time, NULL) == 0)
		return;
	if (at_ms == 0)
		return;
	left = at_ms - time_wall_ms();
	loop_timer_start(alarm->instead, left > 0 ? left : 0);
}
