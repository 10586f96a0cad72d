/*
 * Fuzzing keeper/events: in whatever pieces lines come, they say the same;
 * and of a line that is JSON, what it says.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/jsonscan.h"
#include "keeper/events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool holds)
{
	if (!holds)
		abort();
}

static void
require_same(const struct event *a, const struct event *b)
{
	require(strcmp(a->type, b->type) == 0);
	require(strcmp(a->subtype, b->subtype) == 0);
	require(strcmp(a->api_error_type, b->api_error_type) == 0);
	require(strcmp(a->api_error_status, b->api_error_status) == 0);
	require(strcmp(a->is_error, b->is_error) == 0);
	require(a->task_id == b->task_id && a->has_tasks == b->has_tasks);
}

static void
require_text(struct jsonspan value, const char *text)
{
	char expected[EVENT_WORD_SIZE];

	if (!jsonscan_string(value, expected, sizeof(expected)))
		expected[0] = '\0';
	require(strcmp(text, expected) == 0);
}

static bool
has_elements(struct jsonspan value)
{
	struct jsonspan key, member;
	size_t pos = 0;
	char type = jsonscan_type(value);

	return (type == '[' || type == '{') &&
	    jsonscan_next(value, &pos, type == '{' ? &key : NULL, &member);
}

/* The other reader of JSON has to agree, but for escapes. */
static void
require_true(const char *line, size_t len, const struct event *event)
{
	static const char *const names[] = { "type", "subtype",
		"api_error_type", "api_error_status", "is_error", "task_id",
		"tasks" };
	const struct jsonspan whole = { line, len };
	struct jsonspan found[7];
	struct error err;
	int64_t status;
	char type;

	if (memchr(line, '\\', len) != NULL ||
	    jsonscan_check(line, len, &err) != 0)
		return;
	jsonscan_members(whole, names, found, 7);
	require_text(found[0], event->type);
	require_text(found[1], event->subtype);
	require_text(found[2], event->api_error_type);
	if (jsonscan_int(found[3], &status) && status == 429)
		require(strcmp(event->api_error_status, "429") == 0);
	type = jsonscan_type(found[4]);
	require((type == 't') == (strcmp(event->is_error, "true") == 0));
	type = jsonscan_type(found[5]);
	require((type == '"' && found[5].len > 2) == (event->task_id != 0));
	require(has_elements(found[6]) == event->has_tasks);
}

/* The event of a line in pieces of size. */
static struct event
read_line(const char *line, size_t len, size_t size)
{
	const char *p = line, *end = line + len, *stop;
	struct events events;
	bool ended = false;

	events_init(&events);
	while (p < end && !ended) {
		stop = (size_t)(end - p) < size ? end : p + size;
		ended = events_next(&events, &p, stop);
	}
	require(p == end);
	if (!ended && !events_finish(&events))
		return (struct event){ .type = "" };
	return events.event;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *line = (const char *)data, *end = line + size, *next;
	struct event whole, parts;
	struct events events;
	size_t len;

	events_init(&events);
	for (; line < end; line = next) {
		next = memchr(line, '\n', (size_t)(end - line));
		len = (size_t)((next == NULL ? end : next) - line);
		next = next == NULL ? end : next + 1;
		whole = read_line(line, (size_t)(next - line), size);
		parts = read_line(line, (size_t)(next - line), 1 + len % 7);
		require_same(&whole, &parts);
		require_true(line, len, &whole);
	}
	line = (const char *)data;
	while (events_next(&events, &line, end))
		continue;
	require(line == end);
	return 0;
}
