/*
 * The limit for turns of the loop, which builds for tests have.
 */
#include <signal.h>
#include <time.h>

#include <event2/event.h>

#include "daemon/os/loop.h"
#include "daemon/os/watchdog.h"
#include "tests/unit/unit.h"

static long
cpu_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Computes for so many milliseconds. */
static void
on_timer(int fd, short what, void *arg)
{
	const int *ms = arg;
	long end = cpu_ms() + *ms;

	(void)fd;
	(void)what;
	while (cpu_ms() < end)
		continue;
}

static void
turn_that_takes(int ms)
{
	struct event *timer;

	loop_init();
	watchdog_start();
	timer = loop_timer_new(on_timer, &ms);
	loop_timer_start(timer, 0);
	event_base_dispatch(loop_base());
	event_free(timer);
	loop_free();
}

START_TEST(short_ones_go_on)
{
	turn_that_takes(1);
	turn_that_takes(6); /* is logged */
}
END_TEST

START_TEST(one_that_takes_long_is_the_end)
{
	turn_that_takes(1000);
#ifndef CCPROC_DEBUG
	raise(SIGABRT); /* nobody looks */
#endif
}
END_TEST

UNIT_SUITE
{
	TCase *tcase = unit_suite("watchdog", NULL, NULL, short_ones_go_on,
	    NULL);

	tcase_add_test_raise_signal(tcase, one_that_takes_long_is_the_end,
	    SIGABRT);
}
