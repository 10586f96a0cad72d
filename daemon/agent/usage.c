/*
 * Tokens of an agent.  See usage.h.
 */
#include <stdio.h>
#include <string.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/agent/event.h"
#include "daemon/agent/usage.h"
#include "json/json.h"

static const char *const names[USAGE_KINDS] = { "input_tokens", "output_tokens",
	"cache_creation_input_tokens", "cache_read_input_tokens" };

static bool
counts(struct json_object *event, struct json_object *message)
{
	const char *model = json_string_at(message, "model");

	return json_string_at(event, "parent_tool_use_id") == NULL &&
	    (model == NULL || strcmp(model, "<synthetic>") != 0);
}

bool
usage_take(struct usage *usage, struct json_object *event)
{
	struct json_object *message = json_object_at(event, "message");
	struct json_object *used = json_object_at(message, "usage");
	const char *id = json_string_at(message, "id");
	int64_t n;
	size_t i;

	if (id == NULL || !counts(event, message) ||
	    strncmp(usage->last, id, sizeof(usage->last) - 1) == 0)
		return false;
	snprintf(usage->last, sizeof(usage->last), "%s", id);
	usage->messages++;
	for (i = 0; used != NULL && i < USAGE_KINDS; i++)
		if (event_count_at(used, names[i], &n))
			usage->tokens[i] += n;
	return true;
}

int64_t
usage_total(const struct usage *usage)
{
	int64_t total = 0;
	size_t i;

	for (i = 0; i < USAGE_KINDS; i++)
		total += usage->tokens[i];
	return total;
}

char *
usage_text(const struct usage *usage)
{
	struct json_object *object;
	char *text;
	size_t i;

	if (usage->messages == 0)
		return NULL;
	object = json_object_new_object();
	for (i = 0; i < USAGE_KINDS; i++)
		json_add_int(object, names[i], usage->tokens[i]);
	json_add_bool(object, "at_least", true);
	text = xstrdup(json_text(object, NULL));
	json_object_put(object);
	return text;
}

char *
usage_of_lines(const char *lines, size_t len)
{
	const char *line = lines, *end = line + len, *next;
	struct usage usage = { 0 };
	struct json_object *event;
	struct error err;
	size_t n;

	for (; line < end; line = next + 1) {
		next = memchr(line, '\n', (size_t)(end - line));
		if (next == NULL)
			next = end;
		n = (size_t)(next - line);
		if (memmem(line, n, "\"assistant\"", 11) == NULL)
			continue;
		event = event_parse(line, n, &err);
		usage_take(&usage, event);
		json_object_put(event);
	}
	return usage_text(&usage);
}

/* Fills in the tokens that an object of usage tells; false: none. */
static bool
tokens_of(struct json_object *used, int64_t *tokens)
{
	bool any = false;
	size_t i;

	for (i = 0; i < USAGE_KINDS; i++) {
		tokens[i] = 0;
		event_count_at(used, names[i], &tokens[i]);
		any |= tokens[i] > 0;
	}
	return any;
}

char *
usage_sum(const char *before, struct json_object *used)
{
	int64_t first[USAGE_KINDS], second[USAGE_KINDS];
	struct json_object *object = NULL;
	struct error err;
	char *text;
	size_t i;

	if (before != NULL)
		object = json_parse(before, strlen(before), &err);
	if (object == NULL || !tokens_of(object, first))
		text = xstrdup(used == NULL ? before : json_text(used, NULL));
	else if (!tokens_of(used, second))
		text = xstrdup(before);
	else {
		json_object_put(object);
		object = json_object_new_object();
		for (i = 0; i < USAGE_KINDS; i++)
			json_add_int(object, names[i], first[i] + second[i]);
		text = xstrdup(json_text(object, NULL));
	}
	json_object_put(object);
	return text;
}
