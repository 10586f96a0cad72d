/*
 * What an agent run came to: read from its output, and kept in result.json.
 * See result.h.  Long because both go through the same members.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/limits.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/agent/event.h"
#include "daemon/agent/last_words.h"
#include "daemon/agent/result.h"
#include "daemon/agent/usage.h"
#include "json/json.h"

/*
 * The first event tells session and model; it is some kilobytes long.  Head
 * and tail do not overlap: what results tell adds up.
 */
#define HEAD_BYTES (256u << 10)
/* Results stand near the end; denials may stand earlier, in hours of work. */
#define TAIL_BYTES (16u << 20)
/* Names of tools that are kept: claude has 20, servers add some. */
#define DENIED_MAX 100
/* The year 5138: what is later was given in another unit. */
#define RESET_MAX_S INT64_C(100000000000)
/* Of a conversation: theirs are UUIDs, or not much longer. */
#define ID_MAX 64

struct agent_result *
agent_result_new(void)
{
	struct agent_result *result = xcalloc(1, sizeof(*result));

	result->turns = -1;
	result->cost_usd = -1;
	result->api_status = -1;
	result->resets_at = -1;
	return result;
}

void
agent_result_free(struct agent_result *result)
{
	if (result == NULL)
		return;
	free(result->subtype);
	free(result->terminal_reason);
	free(result->text);
	free(result->partial);
	free(result->session_id);
	free(result->model);
	free(result->api_error);
	free(result->limit);
	free(result->unreadable);
	free(result->unasked);
	free(result->usage);
	free(result->structured_output);
	strv_free(result->denied);
	free(result);
}

/* Puts a copy of s into *member; NULL changes nothing. */
static void
replace(char **member, const char *s)
{
	if (s == NULL)
		return;
	free(*member);
	*member = xstrdup(s);
}

/* Whether the API refuses because a window of the account is used up. */
static bool
is_limit(struct json_object *event)
{
	const char *error = json_string_at(event, "api_error");

	return error != NULL && strcmp(error, "usage_limit_reached") == 0;
}

static void
forget_limit(struct agent_result *result)
{
	free(result->limit);
	result->limit = NULL;
	result->resets_at = -1;
}

/* The name of a window, which is printed. */
static bool
is_window(const char *name)
{
	size_t len = name == NULL ? 0 : strlen(name);

	return len > 0 && len <= LABEL_MAX_CHARS &&
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_") == len;
}

/* Any time that is none, or beyond all windows, is not known. */
static void
note_limit(struct agent_result *result, const char *name, int64_t resets_at)
{
	forget_limit(result);
	result->limit = xstrdup(is_window(name) ? name : "unknown");
	if (resets_at > 0 && resets_at < RESET_MAX_S)
		result->resets_at = resets_at;
}

/* Only this event tells when the window opens; the result does not. */
static void
take_limit(struct agent_result *result, struct json_object *event)
{
	struct json_object *params = json_object_at(event, "api_error_params");
	struct json_object *info = json_object_at(params, "rate_limit_info");
	int64_t resets_at = -1;

	json_int_at(info, "resetsAt", &resets_at);
	note_limit(result, json_string_at(info, "rateLimitType"), resets_at);
}

/*
 * Whether it can be the id of a conversation: the output of a run may say
 * anything, and this goes on command lines.
 */
static bool
is_id(const char *id)
{
	size_t len = strspn(id,
	    "0123456789abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-");

	return len > 0 && len <= ID_MAX && id[len] == '\0' && id[0] != '-';
}

static void
take_id(struct agent_result *result, const char *id)
{
	if (id != NULL && is_id(id))
		replace(&result->session_id, id);
}

static char *
text_at(struct json_object *object, const char *key)
{
	struct json_object *value = json_member(object, key);

	return value == NULL ? NULL : xstrdup(json_text(value, NULL));
}

void
agent_result_deny(struct agent_result *result, const char *tool)
{
	size_t i, n = strv_len(result->denied);

	if (tool == NULL || n == DENIED_MAX)
		return;
	for (i = 0; i < n; i++) {
		if (strcmp(result->denied[i], tool) == 0)
			return;
	}
	result->denied = strv_add(result->denied, tool);
}

static void
add_denials(struct agent_result *result, struct json_object *event)
{
	struct json_object *list = json_array_at(event, "permission_denials");
	size_t i, n = list == NULL ? 0 : json_object_array_length(list);

	for (i = 0; i < n; i++)
		agent_result_deny(result,
		    json_string_at(json_object_array_get_idx(list, i),
			"tool_name"));
}

/* Returns the errors in one line, without claude's notes to its authors. */
static char *
join_errors(struct json_object *event)
{
	struct json_object *list = json_array_at(event, "errors");
	size_t i, n = list == NULL ? 0 : json_object_array_length(list);
	struct json_object *item;
	struct buf text = { 0 };
	const char *s;

	for (i = 0; i < n; i++) {
		item = json_object_array_get_idx(list, i);
		if (!json_object_is_type(item, json_type_string))
			continue;
		s = json_object_get_string(item);
		if (strncmp(s, "[ede_diagnostic]", 16) == 0)
			continue;
		if (text.len != 0)
			buf_puts(&text, "; ");
		buf_puts(&text, s);
	}
	return text.len == 0 ? NULL : buf_steal(&text);
}

/* Takes the only model that was used, where no init event names one. */
static void
take_model_used(struct agent_result *result, struct json_object *event)
{
	struct json_object *used = json_object_at(event, "modelUsage");
	struct json_object_iterator first;

	if (result->model != NULL || used == NULL ||
	    json_object_object_length(used) != 1)
		return;
	first = json_object_iter_begin(used);
	result->model = xstrdup(json_object_iter_peek_name(&first));
}

/* What is put together while lines are read. */
struct reading {
	struct agent_result *result;
	bool model_used; /* some result says so */
};

/*
 * Takes the text of a result.  An earlier one stays if this one has none; the
 * words of a success are the last ones before an error.
 */
static void
take_words(struct agent_result *result, struct json_object *event,
    bool was_error)
{
	const char *said = json_string_at(event, "result");
	char *text = xstrdup(said);

	if (text == NULL)
		text = join_errors(event);
	if (result->text != NULL && (text == NULL || *text == '\0')) {
		free(text);
		return;
	}
	if (result->is_error && !was_error) {
		free(result->partial);
		result->partial = result->text;
	} else
		free(result->text);
	result->text = text;
}

/* Each result tells the turns since the one before, and the cost of all. */
static void
take_sums(struct agent_result *result, struct json_object *event)
{
	int64_t turns = -1;
	double cost_usd = -1;
	char *usage = usage_sum(result->usage, json_object_at(event, "usage"));

	if (event_count_at(event, "num_turns", &turns))
		result->turns = (result->turns < 0 ? 0 : result->turns) + turns;
	if (event_cost_at(event, "total_cost_usd", &cost_usd) &&
	    cost_usd > result->cost_usd)
		result->cost_usd = cost_usd;
	free(result->usage);
	result->usage = usage;
}

static void
take_result(struct reading *reading, struct json_object *event)
{
	struct agent_result *result = reading->result;
	struct json_object *used = json_object_at(event, "modelUsage");
	bool was_error = result->found && result->is_error;
	char *output = text_at(event, "structured_output");

	result->found = true;
	free(result->subtype);
	result->subtype = xstrdup(json_string_at(event, "subtype"));
	if (!json_bool_at(event, "is_error", &result->is_error))
		result->is_error = result->subtype == NULL ||
		    strcmp(result->subtype, "success") != 0;
	free(result->terminal_reason);
	result->terminal_reason = xstrdup(json_string_at(event,
	    "terminal_reason"));
	take_id(result, json_string_at(event, "session_id"));
	take_words(result, event, was_error);
	take_sums(result, event);
	result->api_status = -1;
	event_count_at(event, "api_error_status", &result->api_status);
	if (!is_limit(event))
		forget_limit(result);
	else if (result->limit == NULL)
		note_limit(result, NULL, -1);
	if (output != NULL) {
		free(result->structured_output);
		result->structured_output = output;
	}
	add_denials(result, event);
	take_model_used(result, event);
	if (used != NULL && json_object_object_length(used) > 0)
		reading->model_used = true;
}

static void
take_system(struct agent_result *result, struct json_object *event)
{
	const char *subtype = json_string_at(event, "subtype");

	if (subtype == NULL)
		return;
	if (strcmp(subtype, "init") == 0) {
		take_id(result, json_string_at(event, "session_id"));
		replace(&result->model, json_string_at(event, "model"));
	} else if (strcmp(subtype, "permission_denied") == 0)
		agent_result_deny(result, json_string_at(event, "tool_name"));
	else if (strcmp(subtype, "api_retry") == 0)
		event_count_at(event, "attempt", &result->retries);
	if (json_member(event, "prompt_submit_outcome") != NULL)
		replace(&result->unasked, "hook");
}

/* Takes what claude says in the model's place when the API has failed it. */
static void
take_assistant(struct agent_result *result, struct json_object *event)
{
	bool error = false;

	if (json_bool_at(event, "is_api_error_message", &error) && error &&
	    json_string_at(event, "parent_tool_use_id") == NULL) {
		replace(&result->api_error, json_string_at(event, "error"));
		if (is_limit(event))
			take_limit(result, event);
	}
	if (json_member(event, "local_command_source") != NULL)
		replace(&result->unasked, "command");
}

/* Takes an event, or an array of them (--output-format json --verbose). */
static void
take(struct reading *reading, struct json_object *value)
{
	const char *type = json_string_at(value, "type");
	size_t i;

	if (json_object_is_type(value, json_type_array)) {
		for (i = 0; i < json_object_array_length(value); i++)
			take(reading, json_object_array_get_idx(value, i));
	} else if (type == NULL)
		return;
	else if (strcmp(type, "result") == 0)
		take_result(reading, value);
	else if (strcmp(type, "system") == 0)
		take_system(reading->result, value);
	else if (strcmp(type, "assistant") == 0)
		take_assistant(reading->result, value);
	else if (strcmp(type, "conversation_reset") == 0)
		replace(&reading->result->unasked, "command");
}

/* Takes what text holds, if it is JSON. */
static void
take_text(struct reading *reading, const char *text, size_t len)
{
	struct json_object *value;
	struct error err;

	value = event_parse(text, len, &err);
	take(reading, value);
	json_object_put(value);
}

static bool
has(const char *line, size_t len, const char *word)
{
	return memmem(line, len, word, strlen(word)) != NULL;
}

/* Whether it is, or would be, the result of the run. */
static bool
is_result(const char *line, size_t len)
{
	return has(line, len, "\"type\":\"result\"") ||
	    has(line, len, "\"type\": \"result\"");
}

/*
 * Takes the events of all lines.  Most of them are messages, often large;
 * only those with one of our words in quotes are worth parsing.
 */
static void
take_lines(struct reading *reading, const struct buf *part)
{
	static const char *const words[] = { "\"result\"", "\"init\"",
		"\"permission_denied\"", "\"api_retry\"",
		"\"is_api_error_message\"", "\"local_command_source\"",
		"\"prompt_submit_outcome\"", "\"conversation_reset\"" };
	const char *line = part->data, *end = line + part->len, *next;
	size_t len, i;

	for (; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (next == NULL)
			next = end;
		len = (size_t)(next - line);
		for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (has(line, len, words[i])) {
				take_text(reading, line, len);
				break;
			}
	}
}

/*
 * Looks at the last line: whether it ends in the middle, is longer than we
 * read, or cannot be read.  A line that is not the result says nothing where
 * there is one, since wrappers print what they like.
 */
void
agent_result_last_line(struct agent_result *result, const struct buf *part,
    bool whole)
{
	size_t end = part->len, start, len;
	bool open = end > 0 && part->data[end - 1] != '\n';
	const char *before, *line;
	struct json_object *event;
	struct error err;

	while (end > 0 && part->data[end - 1] == '\n')
		end--;
	before = end == 0 ? NULL : memrchr(part->data, '\n', end);
	start = before == NULL ? 0 : (size_t)(before + 1 - part->data);
	len = end - start;
	line = part->data + start;
	result->too_large = len > LINE_MAX_BYTES ||
	    (before == NULL && !whole && len > 0);
	if (len == 0 || result->too_large || strchr("{[", *line) == NULL)
		return;
	event = event_parse(line, len, &err);
	if (event == NULL && open)
		result->cut = true;
	else if (event == NULL && (!result->found || is_result(line, len)))
		replace(&result->unreadable, err.text);
	json_object_put(event);
}

void
agent_read_part(int fd, off_t offset, size_t size, struct buf *part)
{
	ssize_t n = 1;

	buf_reserve(part, size);
	while (part->len < size && n > 0) {
		n = pread(fd, part->data + part->len, size - part->len,
		    offset + (off_t)part->len);
		if (n > 0)
			part->len += (size_t)n;
	}
	part->data[part->len] = '\0';
}

/*
 * A wrapper, or `--output-format text`, prints the answer and nothing else;
 * then only the exit status tells whether it is one.
 */
static void
take_plain(struct agent_result *result, const struct buf *part)
{
	size_t start = strspn(part->data, " \t\r\n");

	if (start == part->len || strchr("{[", part->data[start]) != NULL)
		return;
	result->found = true;
	replace(&result->subtype, "text");
	result->text = utf8_clean(part->data, part->len);
}

/*
 * Whether a run that succeeded never spoke to a model: claude took its prompt
 * for a command, or a hook swallowed it.
 */
static bool
never_asked(const struct reading *reading)
{
	const struct agent_result *result = reading->result;

	return result->found && !result->is_error && result->turns == 0 &&
	    result->cost_usd <= 0 && !reading->model_used;
}

static void
note_unasked(const struct reading *reading)
{
	struct agent_result *result = reading->result;

	if (!never_asked(reading)) {
		free(result->unasked);
		result->unasked = NULL;
	} else if (result->unasked == NULL)
		replace(&result->unasked, "unknown");
}

/* Takes the last words of the agent where no result has its text. */
static void
take_last_words(struct agent_result *result, const struct buf *tail)
{
	char *words;

	if (result->text == NULL)
		result->text = last_words(tail->data, tail->len, false);
	else if (result->is_error &&
	    (words = last_words(tail->data, tail->len, true)) != NULL) {
		free(result->partial);
		result->partial = words;
	}
}

static void
read_file(struct agent_result *result, int fd, off_t size)
{
	struct reading reading = { .result = result };
	struct buf head = { 0 }, tail = { 0 };
	off_t skipped = size > HEAD_BYTES + TAIL_BYTES ? size - TAIL_BYTES : 0;
	bool one_object = false;

	if (skipped > 0) {
		agent_read_part(fd, 0, HEAD_BYTES, &head);
		take_lines(&reading, &head);
	}
	agent_read_part(fd, skipped, (size_t)(size - skipped), &tail);
	take_lines(&reading, &tail);
	if (!result->found && skipped == 0) { /* one object on many lines? */
		take_text(&reading, tail.data, tail.len);
		one_object = result->found;
	}
	if (!one_object)
		agent_result_last_line(result, &tail, skipped == 0);
	note_unasked(&reading);
	take_last_words(result, &tail);
	if (result->usage == NULL)
		result->usage = usage_of_lines(tail.data, tail.len);
	if (!result->found && result->text == NULL &&
	    result->session_id == NULL && tail.len > 0)
		take_plain(result, &tail);
	buf_clear(&head);
	buf_clear(&tail);
}

bool
agent_result_begun(const struct agent_result *result)
{
	return result != NULL && result->session_id != NULL &&
	    result->turns != 0;
}

struct agent_result *
agent_result_unopened(void)
{
	bool unread = errno_passes(errno);
	struct agent_result *result = agent_result_new();

	result->unread = unread;
	return result;
}

struct agent_result *
agent_result_read(int dirfd)
{
	struct agent_result *result;
	off_t size;
	int fd = io_open_regular(dirfd, "stdout", &size);

	if (fd == -1)
		return agent_result_unopened();
	result = agent_result_new();
	if (size > 0)
		read_file(result, fd, size);
	close(fd);
	return result;
}

static char *
string_at(struct json_object *object, const char *key)
{
	return xstrdup(json_string_at(object, key));
}

struct json_object *
agent_result_encode(const struct agent_result *result)
{
	struct json_object *object = json_object_new_object();

	json_add_int(object, "version", RESULT_VERSION);
	json_add_bool(object, "found", result->found);
	json_add_bool(object, "is_error", result->is_error);
	json_add_string(object, "subtype", result->subtype);
	json_add_string(object, "terminal_reason", result->terminal_reason);
	json_add_string(object, "text", result->text);
	json_add_string(object, "partial", result->partial);
	json_add_string(object, "session_id", result->session_id);
	json_add_string(object, "model", result->model);
	json_add_known(object, "turns", result->turns);
	json_add_number(object, "cost_usd", result->cost_usd);
	json_add_known(object, "api_status", result->api_status);
	json_add_string(object, "api_error", result->api_error);
	json_add_string(object, "limit", result->limit);
	json_add_known(object, "resets_at", result->resets_at);
	json_add_int(object, "retries", result->retries);
	json_add_bool(object, "cut", result->cut);
	json_add_bool(object, "too_large", result->too_large);
	json_add_string(object, "unreadable", result->unreadable);
	json_add_string(object, "unasked", result->unasked);
	json_add_strv(object, "denied", result->denied);
	json_add_text(object, "usage", result->usage);
	json_add_text(object, "structured_output", result->structured_output);
	return object;
}

struct agent_result *
agent_result_decode(struct json_object *object, struct error *err)
{
	struct agent_result *result = agent_result_new();
	struct json_object *denied = json_array_at(object, "denied"), *tool;
	int64_t version = 1; /* of the first ones, which did not say it */
	int64_t resets_at = -1;
	size_t i;

	json_int_at(object, "version", &version);
	if (version > RESULT_VERSION) {
		fail(err, ERR_NEWER,
		    "version %lld is newer than this program's %d",
		    (long long)version, RESULT_VERSION);
		agent_result_free(result);
		return NULL;
	}
	if (!json_bool_at(object, "found", &result->found)) {
		fail(err, ERR_INVALID,
		    "expected an agent's result, with \"found\", got %s",
		    json_type_word(object));
		agent_result_free(result);
		return NULL;
	}
	json_bool_at(object, "is_error", &result->is_error);
	result->subtype = string_at(object, "subtype");
	result->terminal_reason = string_at(object, "terminal_reason");
	result->text = string_at(object, "text");
	result->partial = string_at(object, "partial");
	take_id(result, json_string_at(object, "session_id"));
	result->model = string_at(object, "model");
	result->api_error = string_at(object, "api_error");
	json_int_at(object, "resets_at", &resets_at);
	if (json_string_at(object, "limit") != NULL)
		note_limit(result, json_string_at(object, "limit"), resets_at);
	event_count_at(object, "retries", &result->retries);
	json_bool_at(object, "cut", &result->cut);
	json_bool_at(object, "too_large", &result->too_large);
	result->unreadable = string_at(object, "unreadable");
	result->unasked = string_at(object, "unasked");
	event_count_at(object, "turns", &result->turns);
	event_cost_at(object, "cost_usd", &result->cost_usd);
	event_count_at(object, "api_status", &result->api_status);
	for (i = 0; denied != NULL && i < json_object_array_length(denied);
	     i++) {
		tool = json_object_array_get_idx(denied, i);
		if (json_object_is_type(tool, json_type_string))
			agent_result_deny(result, json_object_get_string(tool));
	}
	result->usage = text_at(object, "usage");
	result->structured_output = text_at(object, "structured_output");
	return result;
}
