/*
 * Clocks that jump: what retention makes of them.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "common/machine.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/retention/clock.h"
#include "daemon/store/number.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

static void
setup(void)
{
	taskbox_open();
}

static void
teardown(void)
{
	taskbox_close();
}

/*
 * The last look was at this time of the wall, so long before now by the clock
 * of the boot; since when the clock has agreed, in ms before now.
 */
static void
seen(int64_t wall_before, int64_t up_before, int64_t since_before,
    const char *boot)
{
	struct timespec up;
	struct machine here;
	char *text;

	machine_read(&here);
	clock_gettime(CLOCK_BOOTTIME, &up);
	text = xasprintf("%" PRId64 " %s %" PRId64 " %" PRId64 "\n",
	    time_wall_ms() - wall_before, boot == NULL ? here.boot : boot,
	    (int64_t)up.tv_sec * 1000 - up_before,
	    since_before == 0 ? 0 : time_wall_ms() - since_before);
	unit_write("state/clock", text);
	free(text);
}

static bool
sound(void)
{
	return clock_look().sound;
}

START_TEST(a_new_directory_has_seen_no_other)
{
	ck_assert(sound());
	ck_assert(sound());
}
END_TEST

START_TEST(both_clocks_went_on)
{
	seen(40 * DAY_MS, 40 * DAY_MS, 0, NULL);
	ck_assert(sound());
	seen(40 * DAY_MS, 40 * DAY_MS - HOUR_MS / 2, 0, NULL);
	ck_assert(sound());
}
END_TEST

START_TEST(the_wall_went_ahead)
{
	seen(40 * DAY_MS, HOUR_MS, 0, NULL);
	ck_assert(!sound());
	ck_assert(!sound()); /* nor the next time */
}
END_TEST

START_TEST(the_wall_went_back)
{
	seen(-2 * HOUR_MS, HOUR_MS, 0, NULL);
	ck_assert(!sound());
}
END_TEST

START_TEST(it_has_agreed_for_a_day)
{
	seen(HOUR_MS, HOUR_MS, DAY_MS - HOUR_MS, NULL);
	ck_assert(!sound());
	seen(HOUR_MS, HOUR_MS, DAY_MS + HOUR_MS, NULL);
	ck_assert(sound());
}
END_TEST

START_TEST(another_boot)
{
	seen(12 * HOUR_MS, 0, 0, "another");
	ck_assert(sound());
	seen(3 * DAY_MS, 0, 0, "another");
	ck_assert(!sound());
}
END_TEST

START_TEST(of_a_file_that_says_nothing)
{
	unit_write("state/clock", "");
	ck_assert(sound());
	unit_write("state/clock", "x y z");
	ck_assert(sound());
}
END_TEST

START_TEST(later_folders_have_higher_numbers)
{
	char *day = store_day_for("2026-05-05");

	ck_assert_str_eq(day, "2026-05-05");
	free(day);
	day = store_day_for("2031-01-01"); /* the clock is ahead */
	free(day);
	day = store_day_for("2026-05-06");
	ck_assert_str_eq(day, "2031-01-01");
	free(day);
}
END_TEST

UNIT_SUITE
{
	unit_suite("clock", setup, teardown, a_new_directory_has_seen_no_other,
	    both_clocks_went_on, the_wall_went_ahead, the_wall_went_back,
	    it_has_agreed_for_a_day, another_boot, of_a_file_that_says_nothing,
	    later_folders_have_higher_numbers, NULL);
}
