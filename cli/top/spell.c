/*
 * Figures in few columns.  See spell.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "cli/top/spell.h"

char *
spell_age(int64_t ms, char *text)
{
	int64_t s = ms < 0 ? 0 : ms / 1000;

	if (s < 3600)
		snprintf(text, SPELL_SIZE, "%d:%02d", (int)(s / 60),
		    (int)(s % 60));
	else if (s < 86400)
		snprintf(text, SPELL_SIZE, "%d:%02d:%02d", (int)(s / 3600),
		    (int)(s / 60 % 60), (int)(s % 60));
	else
		snprintf(text, SPELL_SIZE, "%" PRId64 "d %02dh", s / 86400,
		    (int)(s / 3600 % 24));
	return text;
}

int64_t
spell_midnight(int64_t now_ms)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm = { 0 };

	localtime_r(&now, &tm);
	tm.tm_sec = tm.tm_min = tm.tm_hour = 0;
	tm.tm_isdst = -1;
	return (int64_t)mktime(&tm) * 1000;
}

char *
spell_moment(int64_t ms, int64_t now_ms, char *text)
{
	time_t then = (time_t)(ms / 1000);
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm = { 0 }, today = { 0 };

	localtime_r(&then, &tm);
	localtime_r(&now, &today);
	strftime(text, SPELL_SIZE,
	    tm.tm_year == today.tm_year && tm.tm_yday == today.tm_yday ?
		"at %H:%M" :
		"%d %b",
	    &tm);
	return text;
}

char *
spell_memory(int64_t bytes, char *text)
{
	static const char units[] = "KMGT";
	double n = (double)bytes / 1024;
	size_t i = 0;

	for (; n >= 999.5 && units[i + 1] != '\0'; i++)
		n /= 1024;
	snprintf(text, SPELL_SIZE, "%.*f %c", i > 1 && n < 9.95 ? 1 : 0, n,
	    units[i]);
	return text;
}

char *
spell_percent(double percent, char *text)
{
	snprintf(text, SPELL_SIZE, "%.0f %%", percent);
	return text;
}

char *
spell_cost(double usd, char *text)
{
	snprintf(text, SPELL_SIZE, usd < 99.995 ? "$%.2f" : "$%.0f", usd);
	return text;
}
