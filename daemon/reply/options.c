/*
 * Options as fields.  See options.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "common/utf8.h"
#include "daemon/reply/options.h"
#include "json/choices.h"
#include "json/json.h"

#define TITLE_CHARS 60
#define KEY_SIZE 40

/* The keys of the fields of question i. */
static const char *
key_of(const char *kind, size_t i, char *key)
{
	snprintf(key, KEY_SIZE, "%s_%zu", kind, i + 1);
	return key;
}

/* Returns text as it may be shown, which the caller frees. */
static char *
shown(const char *text, size_t chars)
{
	struct buf out = { 0 };

	utf8_add_visible(&out, text, utf8_first(text, strlen(text), chars),
	    true);
	return buf_steal(&out);
}

static void
add_shown(struct json_object *object, const char *key, const char *text)
{
	char *clean = shown(text, SIZE_MAX);

	json_add_string(object, key, clean);
	free(clean);
}

/* "Postgres: many writers; SQLite: one file" */
static char *
describe(struct json_object *question)
{
	struct buf out = { 0 };
	size_t k;

	for (k = 0; k < choices_options(question); k++)
		buf_printf(&out, "%s%s%s%s", k == 0 ? "" : "; ",
		    choices_label(question, k),
		    *choices_describe(question, k) == '\0' ? "" : ": ",
		    choices_describe(question, k));
	return buf_steal(&out);
}

static struct json_object *
add_field(struct json_object *fields, const char *key, const char *title)
{
	struct json_object *field = json_object_new_object();
	char *clean = shown(title, TITLE_CHARS);

	json_add_string(field, "type", "string");
	json_add_string(field, "title", clean);
	json_add(fields, key, field);
	free(clean);
	return field;
}

/* Several answers to one question are words with commas. */
static void
add_question(struct json_object *fields, struct json_object *question, size_t i)
{
	size_t k, n = choices_options(question);
	struct json_object *field, *labels;
	char key[KEY_SIZE], *label, *text = describe(question);
	bool one = n > 0 && !choices_has_many(question);

	if (one) {
		labels = json_object_new_array();
		for (k = 0; k < n; k++) {
			label = shown(choices_label(question, k), SIZE_MAX);
			json_object_array_add(labels,
			    json_object_new_string(label));
			free(label);
		}
		field = add_field(fields, key_of("choice", i, key),
		    choices_text(question));
		add_shown(field, "description", text);
		json_add(field, "enum", labels);
	}
	field = add_field(fields, key_of("words", i, key),
	    one ? "Or other words" : choices_text(question));
	if (!one && n > 0)
		add_shown(field, "description", text);
	free(text);
}

struct json_object *
options_fields(struct json_object *input)
{
	struct json_object *fields = json_object_new_object();
	size_t i;

	for (i = 0; i < choices_count(input); i++)
		add_question(fields, choices_at(input, i), i);
	return fields;
}

/* The label as the agent wrote it, of what was shown for it. */
static const char *
label_of(struct json_object *question, const char *choice)
{
	const char *found = choice;
	char *label;
	size_t k;

	for (k = choices_options(question); k-- > 0;) {
		label = shown(choices_label(question, k), SIZE_MAX);
		if (strcmp(label, choice) == 0)
			found = choices_label(question, k);
		free(label);
	}
	return found;
}

char **
options_answers(struct json_object *input, struct json_object *content)
{
	char **answers = NULL, key[KEY_SIZE];
	const char *words, *choice;
	size_t i;

	for (i = 0; i < choices_count(input); i++) {
		words = json_string_at(content, key_of("words", i, key));
		choice = json_string_at(content, key_of("choice", i, key));
		if (words == NULL || *words == '\0')
			words = choice == NULL ?
			    NULL :
			    label_of(choices_at(input, i), choice);
		if (words == NULL || *words == '\0') {
			strv_free(answers);
			return NULL;
		}
		answers = strv_add(answers, words);
	}
	return answers;
}
