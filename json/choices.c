/*
 * Questions with options.  See choices.h.
 */
#include <string.h>
#include <strings.h>

#include "common/error.h"
#include "common/mem.h"
#include "json/choices.h"
#include "json/json.h"

#define TOOL "AskUserQuestion"

bool
choices_are(const char *tool, struct json_object *input)
{
	size_t i, n;

	if (strcmp(tool, TOOL) != 0)
		return false;
	n = choices_count(input);
	for (i = 0; i < n; i++)
		if (*choices_text(choices_at(input, i)) == '\0')
			return false;
	return n > 0;
}

size_t
choices_count(struct json_object *input)
{
	struct json_object *questions = json_array_at(input, "questions");

	return questions == NULL ? 0 : json_object_array_length(questions);
}

struct json_object *
choices_at(struct json_object *input, size_t i)
{
	return json_object_array_get_idx(json_array_at(input, "questions"), i);
}

static const char *
string_at(struct json_object *object, const char *key)
{
	const char *text = json_string_at(object, key);

	return text == NULL ? "" : text;
}

const char *
choices_text(struct json_object *question)
{
	return string_at(question, "question");
}

bool
choices_has_many(struct json_object *question)
{
	bool many = false;

	return json_bool_at(question, "multiSelect", &many) && many;
}

size_t
choices_options(struct json_object *question)
{
	struct json_object *options = json_array_at(question, "options");

	return options == NULL ? 0 : json_object_array_length(options);
}

static struct json_object *
option_at(struct json_object *question, size_t i)
{
	return json_object_array_get_idx(json_array_at(question, "options"), i);
}

const char *
choices_label(struct json_object *question, size_t i)
{
	return string_at(option_at(question, i), "label");
}

const char *
choices_describe(struct json_object *question, size_t i)
{
	return string_at(option_at(question, i), "description");
}

/* The label as the agent wrote it, if the answer is one. */
static const char *
as_label(struct json_object *question, const char *answer)
{
	size_t i;

	for (i = 0; i < choices_options(question); i++)
		if (strcasecmp(choices_label(question, i), answer) == 0)
			return choices_label(question, i);
	return answer;
}

struct json_object *
choices_answer(struct json_object *input, char *const *answers,
    struct error *err)
{
	size_t i, n = choices_count(input);
	struct json_object *answered, *whole, *question;

	if (strv_len(answers) != n) {
		fail(err, ERR_INVALID,
		    "expected %zu answer%s, one for each question, got %zu; "
		    "quote an answer of several words",
		    n, plural(n), strv_len(answers));
		return NULL;
	}
	answered = json_object_new_object();
	for (i = 0; i < n; i++) {
		question = choices_at(input, i);
		json_add_string(answered, choices_text(question),
		    as_label(question, answers[i]));
	}
	whole = json_parse(json_text(input, NULL),
	    strlen(json_text(input, NULL)), err);
	if (whole == NULL) {
		json_object_put(answered);
		return NULL;
	}
	json_add(whole, "answers", answered);
	return whole;
}
