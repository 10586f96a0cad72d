/*
 * What an agent does: taking lines and keeping the newest.  See activity.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/agent/activity.h"
#include "json/json.h"

/* So far back a call is looked for that something belongs to. */
#define FIND_LINES 256
/* Of a line that is no JSON. */
#define PLAIN_BYTES 100

void
activity_init(struct activity *activity)
{
	memset(activity, 0, sizeof(*activity));
	activity->cost_usd = -1;
}

static void
line_clear(struct activity_line *line)
{
	free(line->text);
	free(line->last);
}

void
activity_clear(struct activity *activity)
{
	size_t i;

	for (i = 0; i < activity->n; i++)
		line_clear(&activity->lines[i]);
	free(activity->lines);
	for (i = 0; i < ACTIVITY_TOOLS; i++)
		free(activity->counts[i].name);
	activity_init(activity);
}

static void
drop_half(struct activity *activity)
{
	size_t i, half = activity->n / 2;

	for (i = 0; i < half; i++)
		line_clear(&activity->lines[i]);
	activity->n -= half;
	activity->dropped += half;
	memmove(activity->lines, activity->lines + half,
	    activity->n * sizeof(*activity->lines));
}

struct activity_line *
activity_add(struct activity *activity, enum activity_kind kind, char *text)
{
	struct activity_line *line;

	if (activity->n == ACTIVITY_LINES)
		drop_half(activity);
	if ((activity->n & (activity->n - 1)) == 0) /* a power of two is full */
		activity->lines = xreallocarray(activity->lines,
		    activity->n == 0 ? 1 : activity->n * 2,
		    sizeof(*activity->lines));
	line = &activity->lines[activity->n++];
	memset(line, 0, sizeof(*line));
	line->kind = kind;
	line->text = text;
	return line;
}

struct activity_line *
activity_find(struct activity *activity, const char *id)
{
	size_t i = activity->n;
	size_t end = i > FIND_LINES ? i - FIND_LINES : 0;

	if (id == NULL || *id == '\0')
		return NULL;
	while (i-- > end)
		if (strncmp(activity->lines[i].id, id, USAGE_ID_SIZE - 1) == 0)
			return &activity->lines[i];
	return NULL;
}

void
activity_count(struct activity *activity, const char *name)
{
	struct activity_count *count = activity->counts;
	size_t i;

	activity->tools++;
	for (i = 0; i < ACTIVITY_TOOLS; i++, count++) {
		if (count->name == NULL)
			count->name = xstrdup(name);
		if (strcmp(count->name, name) == 0) {
			count->n++;
			return;
		}
	}
}

/* Whether a character would do more than be seen, or be none. */
static bool
is_control(const char *s, size_t len)
{
	const unsigned char *c = (const unsigned char *)s;

	if (len == 1)
		return c[0] <= ' ' || c[0] == 0x7f;
	if (len == 2) /* C1 */
		return c[0] == 0xc2 && c[1] < 0xa0;
	/* line separators, directions */
	return len == 3 && c[0] == 0xe2 &&
	    ((c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae) ||
		(c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));
}

/* Clean UTF-8 on one line, with one blank for whatever is between words. */
static void
flatten(const char *text, struct buf *out)
{
	size_t len = strlen(text), n;
	bool gap = false;

	for (; len > 0; text += n, len -= n) {
		n = utf8_next(text, len);
		if (n == 0)
			n = 1; /* utf8_clean has left none of them */
		else if (is_control(text, n))
			gap = out->len > 0;
		else {
			if (gap)
				buf_puts(out, " ");
			gap = false;
			buf_add(out, text, n);
		}
	}
}

/* How much of the end of text a character of its own begins, within max. */
static size_t
last_bytes(const char *text, size_t len, size_t max)
{
	size_t from = len > max ? len - max : 0;

	while (from < len && ((unsigned char)text[from] & 0xc0) == 0x80)
		from++;
	return len - from;
}

static size_t
first_bytes(const char *text, size_t len, size_t max)
{
	size_t to = len > max ? max : len;

	while (to > 0 && to < len && ((unsigned char)text[to] & 0xc0) == 0x80)
		to--;
	return to;
}

char *
activity_clean(const char *text, size_t max, bool from_end)
{
	static const char dots[] = "\xe2\x80\xa6";
	size_t len = strlen(text), keep, wide = max * 4;
	struct buf line = { 0 };
	char *copy, *cut;

	/* white space goes; what is far beyond the cut is not looked at */
	if (len > wide && !from_end)
		len = wide;
	else if (len > wide) {
		text += len - wide;
		len = wide;
	}
	copy = utf8_clean(text, len);
	flatten(copy, &line);
	free(copy);
	copy = buf_steal(&line);
	len = strlen(copy);
	if (len <= max)
		return copy;
	if (max < sizeof(dots)) {
		*copy = '\0';
		return copy;
	}
	max -= strlen(dots);
	keep = from_end ? last_bytes(copy, len, max) :
			  first_bytes(copy, len, max);
	cut = from_end ? xasprintf("%s%s", dots, copy + len - keep) :
			 xasprintf("%.*s%s", (int)keep, copy, dots);
	free(copy);
	return cut;
}

/* Agents that do not speak in JSON say what they do in plain lines. */
static void
take_plain(struct activity *activity, const char *line, size_t len)
{
	char *copy, *text;

	copy = xstrndup(line, len > PLAIN_BYTES * 4 ? PLAIN_BYTES * 4 : len);
	text = activity_clean(copy, PLAIN_BYTES, false);
	free(copy);
	if (*text != '\0' && strchr("{[", *text) == NULL)
		activity_add(activity, ACTIVITY_NOTE, text);
	else
		free(text); /* damaged JSON, as when a disk was full */
}

static void
take_line(struct activity *activity, const char *line, size_t len)
{
	struct json_object *event;
	struct error err;

	if (len > ACTIVITY_LINE_BYTES) {
		activity->passed_over++;
		return;
	}
	event = json_parse(line, len, &err);
	if (event == NULL)
		take_plain(activity, line, len);
	else
		activity_event(activity, event);
	json_object_put(event);
}

size_t
activity_take(struct activity *activity, const char *text, size_t len,
    bool last)
{
	const char *line = text, *end = text + len, *next;

	for (; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (next == NULL)
			break;
		take_line(activity, line, (size_t)(next - line));
	}
	if (line >= end || !last)
		return (size_t)(line - text);
	take_line(activity, line, (size_t)(end - line));
	return len;
}
