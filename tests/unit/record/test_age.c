/*
 * How long ago something was, whatever became of the clock.
 */
#include "common/machine.h"
#include "common/timefmt.h"
#include "daemon/record/age.h"
#include "tests/unit/unit.h"

#define MINUTE_MS (INT64_C(60) * 1000)
#define DAY_MS (24 * 60 * MINUTE_MS)

/* Time goes on while we look. */
static void
about(int64_t age, int64_t wanted)
{
	ck_assert_int_ge(age, wanted);
	ck_assert_int_lt(age, wanted + MINUTE_MS);
}

START_TEST(by_the_boot_while_it_lasts)
{
	struct machine here;
	int64_t wall = time_wall_ms(), up = time_up_ms();

	machine_read(&here);
	about(age_of(here.boot, wall, up), 0);
	about(age_of(here.boot, wall - 9 * DAY_MS, up), 0);
	about(age_of(here.boot, wall + 9 * DAY_MS, up), 0);
	about(age_of(here.boot, wall, up > 10 ? up - 10 : up), 0);
}
END_TEST

START_TEST(by_the_wall_after_it)
{
	int64_t wall = time_wall_ms();

	about(age_of("another", wall - 2 * DAY_MS, 5), 2 * DAY_MS);
	about(age_of(NULL, wall - 2 * DAY_MS, 5), 2 * DAY_MS);
	about(age_of("another", wall + MINUTE_MS, 5), -MINUTE_MS);
	about(age_of("another", wall + 9 * DAY_MS, 5), time_up_ms());
}
END_TEST

UNIT_SUITE
{
	unit_suite("age", NULL, NULL, by_the_boot_while_it_lasts,
	    by_the_wall_after_it, NULL);
}
