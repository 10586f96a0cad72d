/*
 * Alarms at a time of the wall clock.
 */
#include <sys/resource.h>

#include <event2/event.h>

#include "common/timefmt.h"
#include "daemon/os/alarm.h"
#include "daemon/os/loop.h"
#include "tests/unit/unit.h"

static int calls;

static void
count(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	calls++;
	event_base_loopbreak(loop_base());
}

START_TEST(comes_once)
{
	int64_t begun = time_wall_ms();
	struct alarm *alarm;

	loop_init();
	alarm = alarm_new(count, NULL);
	calls = 0;
	alarm_set(alarm, begun + 3600000);
	alarm_set(alarm, begun + 50);
	event_base_dispatch(loop_base());
	ck_assert_int_eq(calls, 1);
	ck_assert_int_ge(time_wall_ms(), begun + 50);
	alarm_set(alarm, begun); /* which is over */
	event_base_dispatch(loop_base());
	ck_assert_int_eq(calls, 2);
	alarm_set(alarm, begun + 3600000);
	alarm_set(alarm, 0);
	event_base_loop(loop_base(), EVLOOP_NONBLOCK);
	ck_assert_int_eq(calls, 2);
	alarm_free(alarm);
	loop_free();
}
END_TEST

START_TEST(without_a_descriptor)
{
	struct rlimit few, before;
	int64_t begun;
	struct alarm *alarm;

	loop_init();
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = before;
	few.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
	alarm = alarm_new(count, NULL);
	calls = 0;
	begun = time_wall_ms();
	alarm_set(alarm, begun + 50);
	event_base_dispatch(loop_base());
	ck_assert_int_eq(calls, 1);
	ck_assert_int_ge(time_wall_ms(), begun + 49);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	alarm_free(alarm);
	loop_free();
}
END_TEST

UNIT_SUITE
{
	unit_suite("alarm", NULL, NULL, comes_once, without_a_descriptor, NULL);
}
