/*
 * What an agent does, as text.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/agent/activity.h"

#define DOT " \xc2\xb7 "
/* Tools that are named with their count, the most used ones. */
#define NAMED 5
/* Of the last words, at most, and of the room that there is. */
#define WORDS_BYTES 200
#define WORDS_SHARE 4
/* "… 2048 earlier" */
#define EARLIER_BYTES 24

/* A line as it is shown; the caller frees. */
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
		    line->tools == 1 ? "" : "s", line->last);
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

/* Of the tools that were not told yet the one with the highest count. */
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

/* "30 tools: Bash 14, Read 12, Edit 4" */
static void
add_tools(const struct activity *activity, struct buf *out)
{
	const struct activity_count *count;
	bool told[ACTIVITY_TOOLS] = { false };
	size_t i, left = activity->tools;

	if (left == 0)
		return;
	buf_printf(out, "%zu tool%s:", left, left == 1 ? "" : "s");
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

/* Returns the line that tells what it comes to; "": nothing. */
static char *
summary(const struct activity *activity)
{
	size_t turns = activity->usage.messages, dot = strlen(DOT);
	struct buf out = { 0 };
	char *text, *whole;

	add_tools(activity, &out);
	if (turns > 0)
		buf_printf(&out, DOT "%zu turn%s", turns,
		    turns == 1 ? "" : "s");
	add_tokens(usage_total(&activity->usage), &out);
	if (activity->cost_usd >= 0)
		buf_printf(&out, DOT "$%.2f", activity->cost_usd);
	if (activity->passed_over > 0)
		buf_printf(&out, DOT "%zu long line%s passed over",
		    activity->passed_over,
		    activity->passed_over == 1 ? "" : "s");
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
 * Adds the newest lines that fit.  Words are left to who has them in out
 * already.
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
