/*
 * Reading what another agent has printed.  See profile.h.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/io.h"
#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/agent/event.h"
#include "daemon/agent/profile.h"
#include "daemon/agent/result.h"
#include "json/json.h"

/* The id of a conversation stands near the beginning. */
#define HEAD_BYTES (256u << 10)
#define TAIL_BYTES (16u << 20)
/* Bytes that are kept of an answer that is all of stdout. */
#define TEXT_BYTES (1u << 20)

/* The value at a dotted path, or NULL; borrows. */
static struct json_object *
value_at(struct json_object *object, const char *path, size_t len)
{
	const char *dot;
	size_t n;
	char *key;

	while (object != NULL && len > 0) {
		dot = memchr(path, '.', len);
		n = dot == NULL ? len : (size_t)(dot - path);
		key = xstrndup(path, n);
		object = json_object_is_type(object, json_type_object) ?
		    json_member(object, key) :
		    NULL;
		free(key);
		n += dot != NULL;
		path += n;
		len -= n;
	}
	return object;
}

/* Returns a string as it is, all else as JSON; the caller frees. */
static char *
text_at(struct json_object *object, const char *path)
{
	struct json_object *value = path == NULL ?
	    NULL :
	    value_at(object, path, strlen(path));

	if (value == NULL)
		return NULL;
	return xstrdup(json_object_is_type(value, json_type_string) ?
		json_object_get_string(value) :
		json_text(value, NULL));
}

/* Whether "a.b=c" holds; NULL always holds. */
static bool
holds(struct json_object *object, const char *condition)
{
	const char *equals;
	char *path, *text;
	bool yes;

	if (condition == NULL)
		return true;
	equals = strchr(condition, '=');
	path = xstrndup(condition, (size_t)(equals - condition));
	text = text_at(object, path);
	yes = text != NULL && strcmp(text, equals + 1) == 0;
	free(path);
	free(text);
	return yes;
}

/* Takes text; NULL changes nothing. */
static bool
replace(char **member, char *text)
{
	if (text == NULL)
		return false;
	free(*member);
	*member = text;
	return true;
}

static void
take_cost(struct agent_result *result, struct json_object *object,
    const char *path)
{
	const char *dot;

	if (path == NULL)
		return;
	dot = strrchr(path, '.');
	if (dot != NULL)
		object = value_at(object, path, (size_t)(dot - path));
	event_cost_at(object, dot == NULL ? path : dot + 1, &result->cost_usd);
}

/* The parts of an answer that comes in some. */
struct parts {
	struct buf text;
	bool open; /* the line before had one */
};

/* Takes text; false: there is none. */
static bool
take_text(struct agent_result *result, struct parts *parts, bool join,
    char *text)
{
	if (!join)
		return replace(&result->text, text);
	if (text != NULL && !parts->open)
		buf_clear(&parts->text);
	if (text != NULL)
		buf_puts(&parts->text, text);
	parts->open = text != NULL;
	free(text);
	return parts->open;
}

static void
take(struct agent_result *result, const struct agent_profile *p,
    struct json_object *object, struct parts *parts)
{
	char *text = holds(object, p->text_if) ? text_at(object, p->text_key) :
						 NULL;

	replace(&result->session_id, text_at(object, p->session_key));
	take_cost(result, object, p->cost_key);
	if (take_text(result, parts, p->text_join != 0, text)) {
		result->found = true;
		result->is_error = false;
	}
	/* words before an error are not the answer, but all there is */
	if (replace(&result->terminal_reason, text_at(object, p->error_key)))
		result->found = result->is_error = true;
}

static void
take_lines(struct agent_result *result, const struct agent_profile *p,
    const struct buf *part)
{
	const char *line = part->data, *end = line + part->len, *next;
	struct json_object *object;
	struct parts parts = { .open = false };
	struct error err;

	for (; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (next == NULL)
			next = end;
		object = event_parse(line, (size_t)(next - line), &err);
		if (json_object_is_type(object, json_type_object))
			take(result, p, object, &parts);
		json_object_put(object);
	}
	if (parts.text.len > 0)
		replace(&result->text, buf_steal(&parts.text));
}

static void
read_lines(struct agent_result *result, const struct agent_profile *p, int fd,
    off_t size)
{
	off_t skipped = size > TAIL_BYTES ? size - TAIL_BYTES : 0;
	struct buf part = { 0 };

	if (skipped > 0) {
		agent_read_part(fd, 0, HEAD_BYTES, &part);
		take_lines(result, p, &part);
		buf_clear(&part);
	}
	agent_read_part(fd, skipped, (size_t)(size - skipped), &part);
	take_lines(result, p, &part);
	if (!result->found)
		agent_result_last_line(result, &part, skipped == 0);
	buf_clear(&part);
	/* the error is what it came to */
	if (result->is_error && result->terminal_reason != NULL) {
		replace(&result->text, result->terminal_reason);
		result->terminal_reason = xstrdup("api_error");
	}
}

/* The exit status alone tells whether it is an answer. */
static void
read_answer(struct agent_result *result, int fd, off_t size)
{
	off_t skipped = size > TEXT_BYTES ? size - TEXT_BYTES : 0;
	struct buf part = { 0 };

	result->found = true;
	agent_read_part(fd, skipped, (size_t)(size - skipped), &part);
	while (part.len > 0 &&
	    strchr(" \t\r\n", part.data[part.len - 1]) != NULL)
		part.data[--part.len] = '\0';
	if (part.len > 0)
		result->text = utf8_clean(part.data, part.len);
	buf_clear(&part);
}

struct agent_result *
agent_profile_result(const struct agent_profile *p, int dirfd)
{
	struct agent_result *result;
	off_t size;
	int fd = io_open_regular(dirfd, "stdout", &size);

	if (fd == -1)
		return agent_result_unopened();
	result = agent_result_new();
	if (p != NULL && p->output == PROFILE_JSONL)
		read_lines(result, p, fd, size);
	else
		read_answer(result, fd, size);
	close(fd);
	return result;
}
