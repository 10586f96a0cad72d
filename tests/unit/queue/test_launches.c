/*
 * Launches of agents in a sliding window.
 */
#include "common/error.h"
#include "common/limits.h"
#include "daemon/config.h"
#include "daemon/queue/launches.h"
#include "tests/unit/unit.h"

static void
configure(const char *json)
{
	struct error err;

	unit_write("config", json);
	ck_assert_msg(config_load(unit_path("config"), &err) == 0, "%s",
	    err.text);
	launches_forget();
}

static void
teardown(void)
{
	launches_forget();
	unit_cleanup();
}

START_TEST(two_in_any_window)
{
	configure("{}"); /* 2 in 5 s */
	ck_assert_int_eq(launches_wait_ms(1000), 0);
	launches_note(1000);
	ck_assert_int_eq(launches_wait_ms(1000), 0);
	launches_note(4000);
	ck_assert_int_eq(launches_wait_ms(4000), 2000);
	ck_assert_int_eq(launches_wait_ms(5999), 1);
	ck_assert_int_eq(launches_wait_ms(6000), 0);
	launches_note(6000);
	/* the one of 4000 is in the window still */
	ck_assert_int_eq(launches_wait_ms(6000), 3000);
	ck_assert_int_eq(launches_wait_ms(9000), 0);
}
END_TEST

START_TEST(known_in_any_order)
{
	configure("{\"agents\":{\"launches\":2,\"launch_period_s\":10}}");
	launches_note(9000);
	launches_note(-50000);
	launches_note(2000);
	ck_assert_int_eq(launches_wait_ms(10000), 2000);
}
END_TEST

START_TEST(more_than_are_remembered)
{
	int64_t i;

	configure("{\"agents\":{\"launches\":100,\"launch_period_s\":1}}");
	for (i = 0; i < 3 * AGENT_LAUNCHES_MAX; i++)
		launches_note(i);
	ck_assert_int_eq(launches_wait_ms(299), 200 + 1000 - 299);
}
END_TEST

START_TEST(no_limit)
{
	int64_t i;

	configure("{\"agents\":{\"launches\":0}}");
	for (i = 0; i < 10; i++)
		launches_note(1);
	ck_assert_int_eq(launches_wait_ms(1), 0);
}
END_TEST

UNIT_SUITE
{
	unit_suite("launches", NULL, teardown, two_in_any_window,
	    known_in_any_order, more_than_are_remembered, no_limit, NULL);
}
