/*
 * Durations as people write them.
 */
#include <stdint.h>

#include "json/duration.h"
#include "tests/unit/unit.h"

static int64_t
ms_of(const char *text)
{
	int64_t ms = -7;

	return duration_parse(text, &ms) ? ms : -1;
}

START_TEST(forms)
{
	ck_assert_int_eq(ms_of("90"), 90000);
	ck_assert_int_eq(ms_of("0"), 0);
	ck_assert_int_eq(ms_of("0.5"), 500);
	ck_assert_int_eq(ms_of("250ms"), 250);
	ck_assert_int_eq(ms_of("45s"), 45000);
	ck_assert_int_eq(ms_of("10m"), 600000);
	ck_assert_int_eq(ms_of("10min"), 600000);
	ck_assert_int_eq(ms_of("2h"), 7200000);
	ck_assert_int_eq(ms_of("1.5d"), 129600000);
	ck_assert_int_eq(ms_of("2w"), 1209600000);
	ck_assert_int_eq(ms_of("36600d"), INT64_C(36600) * 86400000);
}
END_TEST

START_TEST(others)
{
	static const char *const none[] = { "", ".", "-1", "+1", "1.2.3", "m",
		"1 m", "1M", "1mm", "1h30m", "inf", "nan", "0x10", "1e3",
		"36601d", "99999999999999999999999999", " 1", "1 ", NULL };
	size_t i;

	for (i = 0; none[i] != NULL; i++)
		ck_assert_msg(ms_of(none[i]) == -1, "%s", none[i]);
}
END_TEST

START_TEST(whole_seconds)
{
	ck_assert_int_eq(duration_s(0), 0);
	ck_assert_int_eq(duration_s(1), 1);
	ck_assert_int_eq(duration_s(1000), 1);
	ck_assert_int_eq(duration_s(1001), 2);
}
END_TEST

UNIT_SUITE
{
	unit_suite("duration", NULL, NULL, forms, others, whole_seconds, NULL);
}
