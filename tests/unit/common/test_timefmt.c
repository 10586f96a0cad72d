/*
 * Times and durations as text.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/timefmt.h"
#include "tests/unit/unit.h"

static char text[TIMEFMT_SIZE];

START_TEST(iso_there_and_back)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ 1795335858118, "2026-11-22T08:24:18.118Z" },
		{ 951782399999, "2000-02-28T23:59:59.999Z" },
		{ 951782400000, "2000-02-29T00:00:00.000Z" },
		{ 1, "1970-01-01T00:00:00.001Z" },
		{ 4102444800000, "2100-01-01T00:00:00.000Z" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_ptr_eq(timefmt_iso(cases[i].ms, text), text);
		ck_assert_str_eq(text, cases[i].text);
		ck_assert_int_eq(time_parse_iso(text), cases[i].ms);
	}
}
END_TEST

START_TEST(what_is_no_time)
{
	ck_assert_int_eq(time_parse_iso(NULL), 0);
	ck_assert_int_eq(time_parse_iso(""), 0);
	ck_assert_int_eq(time_parse_iso("yesterday"), 0);
	ck_assert_int_eq(time_parse_iso("2026-11-22"), 0);
	ck_assert_int_eq(time_parse_iso("2026-11-22T08:24Z"), 0);
}
END_TEST

START_TEST(days_are_utc)
{
	ck_assert_str_eq(timefmt_day(1795305599999, text), "2026-11-21");
	ck_assert_str_eq(timefmt_day(1795305600000, text), "2026-11-22");
}
END_TEST

START_TEST(spans)
{
	static const struct {
		int64_t ms;
		const char *text;
	} cases[] = {
		{ -5, "0 s" },
		{ 0, "0 s" },
		{ 7, "7 ms" },
		{ 100, "0.1 s" },
		{ 200, "0.2 s" },
		{ 1000, "1 s" },
		{ 12400, "12.4 s" },
		{ 40000, "40 s" },
		{ 60000, "60 s" },
		{ 300000, "5 min" },
		{ 11520000, "3.2 h" },
		{ 14400000, "4.0 h" },
		{ 259200000, "3.0 days" },
	};
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_str_eq(timefmt_span(cases[i].ms, text),
		    cases[i].text);
}
END_TEST

START_TEST(clocks_go_on)
{
	int64_t wall = time_wall_ms(), mono = time_mono_ms();

	ck_assert_int_gt(wall, 1600000000000);
	ck_assert_int_gt(mono, 0);
	ck_assert_int_ge(time_mono_ms(), mono);
}
END_TEST

/* Hours and minutes do where it is of today. */
START_TEST(local_times)
{
	char want[TIMEFMT_SIZE];
	time_t now = time(NULL);
	struct tm tm;

	setenv("TZ", "EST5", 1);
	ck_assert_str_eq(timefmt_local(INT64_C(1700000000000), text),
	    "2023-11-14 17:13");
	localtime_r(&now, &tm);
	strftime(want, sizeof(want), "%H:%M", &tm);
	ck_assert_str_eq(timefmt_local((int64_t)now * 1000, text), want);
}
END_TEST

UNIT_SUITE
{
	unit_suite("timefmt", NULL, NULL, iso_there_and_back, what_is_no_time,
	    days_are_utc, spans, clocks_go_on, local_times, NULL);
}
