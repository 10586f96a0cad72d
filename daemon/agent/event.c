/*
 * A line of an agent's output.  See event.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/limits.h"
#include "common/mem.h"
#include "daemon/agent/event.h"
#include "json/json.h"

static const char nul[] = "\\u0000", shown[] = "\\ufffd";
#define ESCAPE_LEN (sizeof(nul) - 1)

/* Whether the backslash at that place begins an escape. */
static bool
is_escape(const char *line, const char *at)
{
	const char *first = at;

	while (first > line && first[-1] == '\\')
		first--;
	return (at - first) % 2 == 0;
}

struct json_object *
event_parse(const char *line, size_t len, struct error *err)
{
	const char *at = line, *end = line + len;
	struct json_object *value;
	char *copy = NULL;

	while (len <= LINE_MAX_BYTES &&
	    (at = memmem(at, (size_t)(end - at), nul, ESCAPE_LEN)) != NULL) {
		if (is_escape(line, at)) {
			if (copy == NULL)
				copy = memcpy(xcalloc(1, len + 1), line, len);
			memcpy(copy + (at - line), shown, ESCAPE_LEN);
		}
		at += ESCAPE_LEN;
	}
	value = json_parse(copy == NULL ? line : copy, len, err);
	free(copy);
	return value;
}

bool
event_count_at(struct json_object *object, const char *key, int64_t *out)
{
	int64_t n;

	if (!json_int_at(object, key, &n) || n < 0 || n > EVENT_COUNT_MAX)
		return false;
	*out = n;
	return true;
}

bool
event_cost_at(struct json_object *object, const char *key, double *out)
{
	double usd;

	if (!json_number_at(object, key, &usd) || usd < 0 ||
	    usd > EVENT_COST_MAX)
		return false;
	*out = usd;
	return true;
}
