/*
 * Timers of the loop as those who debug see them.
 */
#include <string.h>

#include <event2/event.h>

#include "daemon/os/loop.h"
#include "tests/unit/unit.h"

static void
on_first(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

static void
on_second(int fd, short what, void *arg)
{
	on_first(fd, what, arg);
}

struct seen {
	int n;
	const char *name;
	int64_t left_ms;
};

static void
see(const char *name, int64_t left_ms, void *arg)
{
	struct seen *seen = arg;

	seen->n++;
	seen->name = name;
	seen->left_ms = left_ms;
}

START_TEST(timers_that_run_have_a_name_and_time_left)
{
	struct event *first, *second;
	struct seen seen = { 0 };
	const char *name;

	loop_init();
	first = loop_timer_new(on_first, NULL);
	second = loop_timer_new(on_second, NULL);
	loop_each_timer(see, &seen);
	ck_assert_int_eq(seen.n, 0);
	loop_timer_start(second, 60000);
	loop_each_timer(see, &seen);
	ck_assert_int_eq(seen.n, 1);
	name = strrchr(seen.name, '/');
	ck_assert_str_eq(name, "/test_loop.c:on_second");
	ck_assert_int_gt(seen.left_ms, 30000);
	ck_assert_int_le(seen.left_ms, 61000);
	event_free(second);
	seen.n = 0;
	loop_timer_start(first, 1000);
	loop_each_timer(see, &seen);
	ck_assert_int_eq(seen.n, 1);
	ck_assert_ptr_nonnull(strstr(seen.name, ":on_first"));
	event_free(first);
	loop_free();
}
END_TEST

START_TEST(it_has_an_age)
{
	loop_init();
	ck_assert_int_ge(loop_age_ms(), 0);
	ck_assert_int_lt(loop_age_ms(), 60000);
	loop_free();
}
END_TEST

UNIT_SUITE
{
	unit_suite("loop", NULL, NULL,
	    timers_that_run_have_a_name_and_time_left, it_has_an_age, NULL);
}
