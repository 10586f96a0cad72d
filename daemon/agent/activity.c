/*
 * What an agent does: the newest lines, and their text.  See activity.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "daemon/agent/activity.h"

#define DOT " \xc2\xb7 "
/* Lines that are searched for the call to which an event belongs. */
#define FIND_LINES 256
/* The most used tools, which are named with their count. */
#define NAMED 5
/* The last words take so many bytes at most, and a quarter of the room. */
#define WORDS_BYTES 200
#define WORDS_SHARE 4
/* Room for "… 2048 earlier". */
#define EARLIER_BYTES 24

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

/* Whether a character does something to a terminal, or is invisible. */
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

/* Puts clean UTF-8 on one line, with one blank between words. */
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

/* The length of the end of text, at most max, that begins with a character. */
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

	/* white space goes, so more than max is looked at, but not all */
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

/* Returns a line as it is shown; the caller frees. */
static char *
show(const struct activity_line *line)
{
	struct buf out = { 0 };
	char span[TIMEFMT_SIZE];

	if (line->kind == ACTIVITY_WORDS)
		buf_puts(&out, "says: ");
	buf_puts(&out, line->text);
	if (line->tools > 0)
		buf_printf(&out, DOT "%zu tool%s, %s", line->tools,
		    plural(line->tools), line->last);
	if (line->background)
		buf_puts(&out, DOT "in background");
	if (line->failed)
		buf_puts(&out, DOT "failed");
	else if (line->running_s > 0 && line->running_s < INT32_MAX)
		buf_printf(&out, DOT "%s",
		    timefmt_span(line->running_s * 1000, span));
	return buf_steal(&out);
}

/* Returns text, which it takes, cut to max bytes. */
static char *
shorten(char *text, size_t max)
{
	char *cut;

	if (strlen(text) <= max)
		return text;
	cut = activity_clean(text, max, false);
	free(text);
	return cut;
}

char *
activity_newest(const struct activity *activity, size_t max)
{
	if (activity->n == 0)
		return NULL;
	return shorten(show(&activity->lines[activity->n - 1]), max);
}

/* Returns the most used tool that was not told yet; NULL: there is none. */
static const struct activity_count *
next_most(const struct activity *activity, const bool *told)
{
	const struct activity_count *most = NULL, *count;
	size_t i;

	for (i = 0; i < ACTIVITY_TOOLS; i++) {
		count = &activity->counts[i];
		if (count->n > 0 && !told[i] &&
		    (most == NULL || count->n > most->n))
			most = count;
	}
	return most;
}

/* Adds "30 tools: Bash 14, Read 12, Edit 4". */
static void
add_tools(const struct activity *activity, struct buf *out)
{
	const struct activity_count *count;
	bool told[ACTIVITY_TOOLS] = { false };
	size_t i, left = activity->tools;

	if (left == 0)
		return;
	buf_count(out, left, "tool");
	buf_puts(out, ":");
	for (i = 0; i < NAMED; i++) {
		count = next_most(activity, told);
		if (count == NULL)
			break;
		told[count - activity->counts] = true;
		left -= count->n;
		buf_printf(out, "%s %s %zu", i == 0 ? "" : ",", count->name,
		    count->n);
	}
	if (left > 0)
		buf_printf(out, ", others %zu", left);
}

static void
add_tokens(int64_t tokens, struct buf *out)
{
	if (tokens == 0)
		return;
	if (tokens < 1000)
		buf_printf(out, DOT "%" PRId64 " tokens", tokens);
	else if (tokens < 1000000)
		buf_printf(out, DOT "%.1fk tokens", (double)tokens / 1e3);
	else
		buf_printf(out, DOT "%.1fM tokens", (double)tokens / 1e6);
}

/* Returns the line with tools, turns, tokens and cost; "": there are none. */
static char *
summary(const struct activity *activity)
{
	size_t turns = activity->usage.messages, dot = strlen(DOT);
	struct buf out = { 0 };
	char *text, *whole;

	add_tools(activity, &out);
	if (turns > 0)
		buf_printf(&out, DOT "%zu turn%s", turns, plural(turns));
	add_tokens(usage_total(&activity->usage), &out);
	if (activity->cost_usd >= 0)
		buf_printf(&out, DOT "$%.2f", activity->cost_usd);
	if (activity->passed_over > 0)
		buf_printf(&out, DOT "%zu long line%s passed over",
		    activity->passed_over, plural(activity->passed_over));
	if (out.len > dot && memcmp(out.data, DOT, dot) == 0)
		buf_drop(&out, dot);
	text = buf_steal(&out);
	if (!activity->late || *text == '\0')
		return text;
	whole = xasprintf("of late: %s", text);
	free(text);
	return whole;
}

/* The index of the last words, or n. */
static size_t
last_words(const struct activity *activity)
{
	size_t i = activity->n;

	while (i-- > 0)
		if (activity->lines[i].kind == ACTIVITY_WORDS)
			return i;
	return activity->n;
}

static void
add_line(struct buf *out, const char *text)
{
	buf_printf(out, "%s%s", out->len > 0 ? "\n" : "", text);
}

/*
 * Adds the newest lines that fit, without words: the caller has added the
 * last of those.
 */
static void
add_newest(const struct activity *activity, size_t max, struct buf *out)
{
	size_t i = activity->n, n = 0, room, earlier = activity->dropped;
	char *texts[ACTIVITY_LINES], *text;

	room = out->len + EARLIER_BYTES < max ? max - out->len - EARLIER_BYTES :
						0;
	while (i > 0) {
		if (activity->lines[i - 1].kind == ACTIVITY_WORDS) {
			i--;
			continue;
		}
		text = show(&activity->lines[i - 1]);
		if (strlen(text) + 1 > room) {
			free(text);
			break;
		}
		room -= strlen(text) + 1;
		texts[n++] = text;
		i--;
	}
	while (i-- > 0)
		earlier += activity->lines[i].kind != ACTIVITY_WORDS;
	if (earlier > 0 && out->len + EARLIER_BYTES < max)
		buf_printf(out, "%s\xe2\x80\xa6 %zu earlier",
		    out->len > 0 ? "\n" : "", earlier);
	while (n-- > 0) {
		add_line(out, texts[n]);
		free(texts[n]);
	}
}

char *
activity_digest(const struct activity *activity, size_t max)
{
	size_t words = last_words(activity), room = max / WORDS_SHARE;
	char *text = shorten(summary(activity), max);
	struct buf out = { 0 };

	if (*text != '\0')
		buf_puts(&out, text);
	free(text);
	if (words < activity->n) {
		text = shorten(show(&activity->lines[words]),
		    room < WORDS_BYTES ? room : WORDS_BYTES);
		if (out.len + strlen(text) + 1 <= max)
			add_line(&out, text);
		free(text);
	}
	add_newest(activity, max, &out);
	return buf_steal(&out);
}

char *
activity_all(const struct activity *activity)
{
	struct buf out = { 0 };
	char *text;
	size_t i;

	for (i = 0; i < activity->n; i++) {
		text = show(&activity->lines[i]);
		add_line(&out, text);
		free(text);
	}
	return buf_steal(&out);
}
