/*
 * What an agent does, read from its output.  See activity_read.h.  Unknown
 * events, and members of another type, are passed over.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/agent/activity.h"
#include "daemon/agent/activity_read.h"
#include "daemon/agent/event.h"
#include "json/json.h"

#define DOT " \xc2\xb7 "
#define NAME_BYTES 40
/* Bytes that are kept of the argument of a call. */
#define ARGUMENT_BYTES 60
/* Bytes that are kept of a path: its end, which tells most. */
#define PATH_BYTES 40
#define WORDS_BYTES 300
#define NOTE_BYTES 100
/* Bytes that are kept of a line that is no JSON. */
#define PLAIN_BYTES 100

/* The member of a tool's input that tells most comes first. */
static const struct argument {
	const char *key;
	bool path;
} arguments[] = {
	{ "command", false },
	{ "file_path", true },
	{ "notebook_path", true },
	{ "pattern", false },
	{ "url", false },
	{ "query", false },
	{ "description", false },
	{ "path", true },
	{ "skill", false },
	{ "prompt", false },
	{ "message", false },
};

static bool
is(const char *s, const char *word)
{
	return s != NULL && strcmp(s, word) == 0;
}

/* Returns the short argument of a call; "" when it has none. */
static char *
argument_of(struct json_object *input)
{
	const char *text;
	bool path;
	size_t i;

	for (i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		path = arguments[i].path;
		text = json_string_at(input, arguments[i].key);
		if (text != NULL && *text != '\0')
			return activity_clean(text,
			    path ? PATH_BYTES : ARGUMENT_BYTES, path);
	}
	if (input == NULL)
		return xstrdup("");
	json_object_object_foreach(input, key, value) {
		(void)key; /* of a tool of somebody's server */
		if (json_object_is_type(value, json_type_string))
			return activity_clean(json_object_get_string(value),
			    ARGUMENT_BYTES, false);
	}
	return xstrdup("");
}

/* Returns "Bash npm test", and its first word. */
static char *
call_text(struct json_object *block, char **name)
{
	const char *tool = json_string_at(block, "name");
	char *argument = argument_of(json_object_at(block, "input")), *text;

	*name = activity_clean(tool == NULL ? "?" : tool, NAME_BYTES, false);
	text = xasprintf("%s%s%s", *name, *argument == '\0' ? "" : " ",
	    argument);
	free(argument);
	return text;
}

static void
note(struct activity *activity, const char *word, const char *text)
{
	char *clean = activity_clean(text == NULL ? "" : text, NOTE_BYTES,
	    false);

	activity_add(activity, ACTIVITY_NOTE,
	    xasprintf("%s%s%s", word, *clean == '\0' ? "" : ": ", clean));
	free(clean);
}

static void
take_call(struct activity *activity, struct json_object *block)
{
	const char *id = json_string_at(block, "id");
	struct activity_line *line;
	char *name, *text = call_text(block, &name);

	activity_count(activity, name);
	line = activity_add(activity, ACTIVITY_TOOL, text);
	snprintf(line->id, sizeof(line->id), "%s", id == NULL ? "" : id);
	free(name);
}

static void
take_words(struct activity *activity, const char *words)
{
	char *text = activity_clean(words, WORDS_BYTES, false);

	if (*text != '\0')
		activity_add(activity, ACTIVITY_WORDS, text);
	else
		free(text);
}

/* The line of the call that started a subagent tells what it does. */
static void
take_subagent(struct activity *activity, const char *parent,
    struct json_object *event, struct json_object *block)
{
	struct activity_line *line = activity_find(activity, parent);
	const char *task = json_string_at(event, "task_description");
	char *name, *clean;

	if (line == NULL) {
		clean = activity_clean(task == NULL ? "" : task, ARGUMENT_BYTES,
		    false);
		line = activity_add(activity, ACTIVITY_SUBAGENT,
		    xasprintf("subagent%s%s", *clean == '\0' ? "" : " ",
			clean));
		snprintf(line->id, sizeof(line->id), "%s", parent);
		free(clean);
	}
	line->tools++;
	free(line->last);
	line->last = call_text(block, &name);
	free(name);
}

static void
take_assistant(struct activity *activity, struct json_object *event)
{
	struct json_object *content = json_array_at(json_object_at(event,
							"message"),
	    "content");
	const char *parent = json_string_at(event, "parent_tool_use_id"), *type;
	size_t i, n = content == NULL ? 0 : json_object_array_length(content);
	struct json_object *block;
	bool error = false;

	usage_take(&activity->usage, event);
	json_bool_at(event, "is_api_error_message", &error);
	for (i = 0; i < n; i++) {
		block = json_object_array_get_idx(content, i);
		type = json_string_at(block, "type");
		if (is(type, "tool_use") && parent != NULL)
			take_subagent(activity, parent, event, block);
		else if (is(type, "tool_use"))
			take_call(activity, block);
		else if (is(type, "text") && parent == NULL && error)
			note(activity, "failed", json_string_at(block, "text"));
		else if (is(type, "text") && parent == NULL &&
		    json_string_at(block, "text") != NULL)
			take_words(activity, json_string_at(block, "text"));
	}
}

/* A tool failed: its call has a line, or the failure gets one. */
static void
take_failure(struct activity *activity, struct json_object *block)
{
	struct activity_line *line = activity_find(activity,
	    json_string_at(block, "tool_use_id"));

	if (line != NULL)
		line->failed = true;
	else
		note(activity, "tool failed", json_string_at(block, "content"));
}

static void
take_user(struct activity *activity, struct json_object *event)
{
	struct json_object *content = json_array_at(json_object_at(event,
							"message"),
	    "content");
	size_t i, n = content == NULL ? 0 : json_object_array_length(content);
	struct json_object *block;
	const char *text;
	bool error;

	if (json_string_at(event, "parent_tool_use_id") != NULL)
		return;
	for (i = 0; i < n; i++) {
		block = json_object_array_get_idx(content, i);
		text = json_string_at(block, "text");
		if (is(json_string_at(block, "type"), "tool_result") &&
		    json_bool_at(block, "is_error", &error) && error)
			take_failure(activity, block);
		else if (text != NULL &&
		    strncmp(text, "[Request interrupted", 20) == 0)
			note(activity, "interrupted", NULL);
	}
}

/* "retry 3 of 10 in 4 s: 429 rate_limit"; only the last in a row stays. */
static void
take_retry(struct activity *activity, struct json_object *event)
{
	int64_t attempt = 0, most = 0, delay_ms = 0, status = 0;
	const char *word = json_string_at(event, "error");
	char span[TIMEFMT_SIZE], number[24] = "", *text, *clean;
	struct activity_line *last = activity->n == 0 ?
	    NULL :
	    &activity->lines[activity->n - 1];

	event_count_at(event, "attempt", &attempt);
	event_count_at(event, "max_retries", &most);
	event_count_at(event, "retry_delay_ms", &delay_ms);
	if (event_count_at(event, "error_status", &status))
		snprintf(number, sizeof(number), " %" PRId64, status);
	clean = activity_clean(word == NULL ? "" : word, NAME_BYTES, false);
	text = xasprintf("retry %" PRId64 " of %" PRId64 " in %s:%s%s%s",
	    attempt, most, timefmt_span(delay_ms, span), number,
	    *clean == '\0' ? "" : " ", clean);
	free(clean);
	if (last == NULL || last->kind != ACTIVITY_RETRY) {
		activity_add(activity, ACTIVITY_RETRY, text);
		return;
	}
	free(last->text);
	last->text = text;
}

static void
take_denial(struct activity *activity, struct json_object *event)
{
	const char *tool = json_string_at(event, "tool_name");
	struct activity_line *line = activity_find(activity,
	    json_string_at(event, "tool_use_id"));
	char *name = activity_clean(tool == NULL ? "?" : tool, NAME_BYTES,
	    false);
	char *word = xasprintf("denied %s", name);

	if (line != NULL)
		line->failed = true;
	note(activity, word, json_string_at(event, "message"));
	free(word);
	free(name);
}

static void
take_started(struct activity *activity, struct json_object *event)
{
	struct activity_line *line = activity_find(activity,
	    json_string_at(event, "tool_use_id"));
	bool background = false;

	json_bool_at(event, "is_backgrounded", &background);
	if (!background)
		return;
	if (line != NULL)
		line->background = true;
	else
		note(activity, "in background",
		    json_string_at(event, "description"));
}

/* Tells the end of a background call; a call that was waited for has a line. */
static void
take_notification(struct activity *activity, struct json_object *event)
{
	const char *status = json_string_at(event, "status");
	const struct activity_line *line = activity_find(activity,
	    json_string_at(event, "tool_use_id"));
	const char *summary = json_string_at(event, "summary");
	char *word, *clean;

	if (line != NULL && !line->background)
		return;
	if (summary != NULL && strncmp(summary, "Background ", 11) == 0) {
		activity_add(activity, ACTIVITY_NOTE,
		    activity_clean(summary, NOTE_BYTES, false));
		return;
	}
	clean = activity_clean(status == NULL ? "ended" : status, NAME_BYTES,
	    false);
	word = xasprintf("background %s", clean);
	note(activity, word, summary);
	free(word);
	free(clean);
}

static void
take_system(struct activity *activity, struct json_object *event)
{
	const char *subtype = json_string_at(event, "subtype");

	if (is(subtype, "api_retry"))
		take_retry(activity, event);
	else if (is(subtype, "permission_denied"))
		take_denial(activity, event);
	else if (is(subtype, "task_started"))
		take_started(activity, event);
	else if (is(subtype, "task_notification"))
		take_notification(activity, event);
	else if (is(subtype, "compact_boundary"))
		note(activity, "conversation compacted", NULL);
}

/* The limits of an account; the event also comes when all is well. */
static void
take_rate_limit(struct activity *activity, struct json_object *event)
{
	struct json_object *info = json_object_at(event, "rate_limit_info");
	const char *status = json_string_at(info, "status");
	const char *which = json_string_at(info, "rateLimitType");
	char text[120], day[TIMEFMT_SIZE] = "";
	int64_t resets_s = 0;

	if (status == NULL || is(status, "allowed"))
		return;
	if (json_int_at(info, "resetsAt", &resets_s) && resets_s > 0 &&
	    resets_s < INT32_MAX * (int64_t)2)
		timefmt_iso(resets_s * 1000, day);
	snprintf(text, sizeof(text), "%.30s %.30s%s%.19s", status,
	    which == NULL ? "" : which, *day == '\0' ? "" : ", resets ", day);
	note(activity, "rate limit", text);
}

static void
take_heartbeat(struct activity *activity, struct json_object *event)
{
	struct activity_line *line = activity_find(activity,
	    json_string_at(event, "tool_use_id"));

	if (line != NULL)
		event_count_at(event, "elapsed_time_seconds", &line->running_s);
}

static void
take_result(struct activity *activity, struct json_object *event)
{
	const char *subtype = json_string_at(event, "subtype");
	struct buf text = { 0 };
	bool error = false;
	int64_t turns;

	json_bool_at(event, "is_error", &error);
	event_cost_at(event, "total_cost_usd", &activity->cost_usd);
	buf_puts(&text,
	    is(subtype, "success") && error ? "error" :
		subtype == NULL             ? "?" :
					      subtype);
	if (event_count_at(event, "num_turns", &turns))
		buf_printf(&text, DOT "%" PRId64 " turn%s", turns,
		    plural((uint64_t)turns));
	if (activity->cost_usd >= 0)
		buf_printf(&text, DOT "$%.2f", activity->cost_usd);
	note(activity, "result", text.data);
	buf_clear(&text);
}

static void
take_event(struct activity *activity, struct json_object *event)
{
	const char *type = json_string_at(event, "type");

	if (is(type, "assistant"))
		take_assistant(activity, event);
	else if (is(type, "user"))
		take_user(activity, event);
	else if (is(type, "system"))
		take_system(activity, event);
	else if (is(type, "rate_limit_event"))
		take_rate_limit(activity, event);
	else if (is(type, "tool_progress"))
		take_heartbeat(activity, event);
	else if (is(type, "result"))
		take_result(activity, event);
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
	event = event_parse(line, len, &err);
	if (event == NULL)
		take_plain(activity, line, len);
	else
		take_event(activity, event);
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
