/*
 * What an agent said last.  See last_words.h.
 */
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/agent/event.h"
#include "daemon/agent/last_words.h"
#include "json/json.h"

static bool
is_own(struct json_object *event)
{
	bool error;

	return !json_bool_at(event, "is_api_error_message", &error) || !error;
}

/* Returns the text of a message of the agent itself, or NULL. */
static char *
words_of(struct json_object *event, bool own)
{
	const char *type = json_string_at(event, "type"), *text;
	struct json_object *content;
	size_t i;

	/* with a parent it is a subagent's */
	if (type == NULL || strcmp(type, "assistant") != 0 ||
	    json_string_at(event, "parent_tool_use_id") != NULL ||
	    (own && !is_own(event)))
		return NULL;
	content = json_array_at(json_object_at(event, "message"), "content");
	i = content == NULL ? 0 : json_object_array_length(content);
	while (i-- > 0) {
		text = json_string_at(json_object_array_get_idx(content, i),
		    "text");
		if (text != NULL && *text != '\0')
			return xstrdup(text);
	}
	return NULL;
}

/* It is searched from the last line backwards. */
char *
last_words(const char *lines, size_t len, bool own)
{
	const char *line;
	struct json_object *event;
	size_t n, end = len;
	char *words = NULL;
	struct error err;

	while (words == NULL && lines != NULL && end > 0) {
		line = memrchr(lines, '\n', end);
		line = line == NULL ? lines : line + 1;
		n = end - (size_t)(line - lines);
		if (memmem(line, n, "\"assistant\"", 11) != NULL) {
			event = event_parse(line, n, &err);
			words = words_of(event, own);
			json_object_put(event);
		}
		end = line == lines ? 0 : (size_t)(line - lines) - 1;
	}
	return words;
}
