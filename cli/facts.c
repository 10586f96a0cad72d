/*
 * What is known of a task.  See facts.h.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/facts.h"
#include "cli/text.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "json/json.h"

struct fact {
	const char *key, *name;
	struct json_object *value;
	char *text;
};

void
facts_add(struct facts *facts, const char *key, const char *name,
    struct json_object *value, const char *text)
{
	facts->items = xreallocarray(facts->items, facts->n + 1,
	    sizeof(*facts->items));
	facts->items[facts->n++] = (struct fact){ .key = key,
		.name = name,
		.value = value,
		.text = xstrdup(text) };
}

void
facts_addf(struct facts *facts, const char *key, const char *name,
    struct json_object *value, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) == -1)
		text = NULL;
	va_end(ap);
	facts_add(facts, key, name, value, text);
	free(text);
}

void
facts_add_text(struct facts *facts, const char *key, const char *name,
    const char *text)
{
	if (text != NULL && *text != '\0')
		facts_add(facts, key, name, json_object_new_string(text), text);
	else
		facts_add(facts, key, name, NULL, NULL);
}

void
facts_add_list(struct facts *facts, const char *key, const char *name,
    char *const *list)
{
	struct json_object *array = json_object_new_array();
	struct buf text = { 0 };

	for (; list != NULL && *list != NULL; list++) {
		json_object_array_add(array, json_object_new_string(*list));
		buf_printf(&text, "%s%s", text.len == 0 ? "" : ", ", *list);
	}
	facts_add(facts, key, name, array, text.data);
	buf_clear(&text);
}

void
facts_add_seconds(struct facts *facts, const char *key, const char *name,
    int64_t s)
{
	char text[TIMEFMT_SIZE];

	facts_add(facts, key, name, s > 0 ? json_object_new_int64(s) : NULL,
	    s > 0 ? timefmt_span(s * 1000, text) : NULL);
}

void
facts_print(const struct facts *facts)
{
	const struct fact *fact;
	char *clean;

	for (fact = facts->items; fact < facts->items + facts->n; fact++) {
		if (fact->text == NULL || *fact->text == '\0')
			continue;
		clean = text_clean(fact->text, false);
		printf("  %-12s %s\n", fact->name, clean);
		free(clean);
	}
}

void
facts_tell(const struct facts *facts, struct json_object *object)
{
	const struct fact *fact;

	for (fact = facts->items; fact < facts->items + facts->n; fact++)
		if (!json_object_object_get_ex(object, fact->key, NULL))
			json_object_object_add(object, fact->key,
			    json_object_get(fact->value));
}

void
facts_clear(struct facts *facts)
{
	size_t i;

	for (i = 0; i < facts->n; i++) {
		json_object_put(facts->items[i].value);
		free(facts->items[i].text);
	}
	free(facts->items);
	*facts = (struct facts){ 0 };
}
