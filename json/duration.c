/*
 * Durations.  See duration.h.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "json/duration.h"

static const struct {
	const char *name;
	int64_t ms;
} units[] = {
	{ "", 1000 },
	{ "ms", 1 },
	{ "s", 1000 },
	{ "m", 60000 },
	{ "min", 60000 },
	{ "h", 3600000 },
	{ "d", 86400000 },
	{ "w", 604800000 },
};

/* Nothing that strtod(3) takes beside digits and a point. */
static bool
is_plain(const char *text, size_t *len)
{
	*len = strspn(text, "0123456789.");
	return *len > 0 && *len < 20 && strcmp(text, ".") != 0 &&
	    strspn(text, "0123456789") > 0;
}

bool
duration_parse(const char *text, int64_t *ms)
{
	char number[24] = "", *end;
	double d;
	size_t i, len;

	if (!is_plain(text, &len))
		return false;
	memcpy(number, text, len);
	d = strtod(number, &end);
	for (i = 0; *end == '\0' && i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text + len, units[i].name) != 0)
			continue;
		d *= (double)units[i].ms;
		if (d > (double)DURATION_MAX_S * 1000)
			return false;
		*ms = (int64_t)(d + 0.5);
		return true;
	}
	return false;
}

int64_t
duration_s(int64_t ms)
{
	return (ms + 999) / 1000;
}
