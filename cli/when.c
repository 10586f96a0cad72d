/*
 * Moments for people.  See when.h.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/when.h"
#include "common/timefmt.h"

static void
local(int64_t ms, struct tm *tm)
{
	time_t seconds = (time_t)(ms / 1000);

	memset(tm, 0, sizeof(*tm));
	localtime_r(&seconds, tm);
}

char *
when_now(char *text)
{
	struct tm tm;

	local(time_wall_ms(), &tm);
	strftime(text, WHEN_SIZE, "%H:%M:%S", &tm);
	return text;
}

char *
when_was(int64_t ms, char *text)
{
	int64_t now = time_wall_ms();
	char span[TIMEFMT_SIZE];
	struct tm tm, today;
	size_t len;

	local(now, &today);
	local(ms, &tm);
	len = strftime(text, WHEN_SIZE,
	    tm.tm_year == today.tm_year && tm.tm_yday == today.tm_yday ?
		"%H:%M:%S" :
		"%Y-%m-%d %H:%M:%S",
	    &tm);
	if (ms <= now)
		snprintf(text + len, WHEN_SIZE - len, ", %s ago",
		    timefmt_span(now - ms, span));
	return text;
}
