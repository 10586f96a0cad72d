/*
 * Times and durations as text.  See timefmt.h.
 */
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

int64_t
time_parse_iso(const char *text)
{
	struct tm tm;
	int ms = 0;

	memset(&tm, 0, sizeof(tm));
	if (text == NULL ||
	    sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3dZ", &tm.tm_year,
		&tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec,
		&ms) < 6)
		return 0;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	return (int64_t)timegm(&tm) * 1000 + ms;
}
