/*
 * Times and durations as text.  See timefmt.h.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/timefmt.h"

static int64_t
clock_ms(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
time_wall_ms(void)
{
	return clock_ms(CLOCK_REALTIME);
}

int64_t
time_up_ms(void)
{
	return clock_ms(CLOCK_BOOTTIME);
}

int64_t
time_mono_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static struct tm
broken_down(int64_t ms)
{
	time_t seconds = (time_t)(ms / 1000);
	struct tm tm;

	memset(&tm, 0, sizeof(tm));
	gmtime_r(&seconds, &tm);
	return tm;
}

char *
timefmt_iso(int64_t ms, char *text)
{
	struct tm tm = broken_down(ms);
	size_t n = strftime(text, TIMEFMT_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);

	snprintf(text + n, TIMEFMT_SIZE - n, ".%03dZ", (int)(ms % 1000));
	return text;
}

char *
timefmt_day(int64_t ms, char *text)
{
	struct tm tm = broken_down(ms);

	strftime(text, TIMEFMT_SIZE, "%Y-%m-%d", &tm);
	return text;
}

char *
timefmt_local(int64_t ms, char *text)
{
	time_t now = (time_t)(time_wall_ms() / 1000),
	       then = (time_t)(ms / 1000);
	struct tm today = { 0 }, tm = { 0 };
	bool far;

	localtime_r(&now, &today);
	localtime_r(&then, &tm);
	far = tm.tm_yday != today.tm_yday || tm.tm_year != today.tm_year;
	strftime(text, TIMEFMT_SIZE, far ? "%Y-%m-%d %H:%M" : "%H:%M", &tm);
	return text;
}

char *
timefmt_span(int64_t ms, char *text)
{
	double s = (double)(ms < 0 ? 0 : ms) / 1000;

	if (ms > 0 && ms < 95)
		snprintf(text, TIMEFMT_SIZE, "%d ms", (int)ms);
	else if (s < 100)
		snprintf(text, TIMEFMT_SIZE, "%.*f s", ms % 1000 < 50 ? 0 : 1,
		    s);
	else if (s < 60 * 60)
		snprintf(text, TIMEFMT_SIZE, "%.0f min", s / 60);
	else if (s < 60 * 60 * 48)
		snprintf(text, TIMEFMT_SIZE, "%.1f h", s / 3600);
	else
		snprintf(text, TIMEFMT_SIZE, "%.1f days", s / 86400);
	return text;
}

/* Takes what is before a number (NUL: nothing) and its digits, so many. */
static bool
take_number(const char **text, char before, int digits, int *number)
{
	const char *at = *text;
	int value = 0;

	if (before != '\0' && *at++ != before)
		return false;
	for (; digits > 0; digits--, at++) {
		if (*at < '0' || *at > '9')
			return false;
		value = value * 10 + *at - '0';
	}
	*text = at;
	*number = value;
	return true;
}

int64_t
time_parse_iso(const char *text)
{
	struct tm tm;
	int ms = 0;

	memset(&tm, 0, sizeof(tm));
	if (text == NULL || !take_number(&text, '\0', 4, &tm.tm_year) ||
	    !take_number(&text, '-', 2, &tm.tm_mon) ||
	    !take_number(&text, '-', 2, &tm.tm_mday) ||
	    !take_number(&text, 'T', 2, &tm.tm_hour) ||
	    !take_number(&text, ':', 2, &tm.tm_min) ||
	    !take_number(&text, ':', 2, &tm.tm_sec))
		return 0;
	take_number(&text, '.', 3, &ms);
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm) * 1000 + ms;
}
