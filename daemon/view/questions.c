/*
 * Questions as text.  See questions.h.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "common/utf8.h"
#include "daemon/config.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "daemon/view/call.h"
#include "daemon/view/questions.h"
#include "json/json.h"

/* Characters of a dialog: the argument that says most, the others as JSON. */
#define FORM_CHARS 3000
#define FORM_REST_CHARS 1000
/*
 * An argument with more lines is shown in one, so that all of it is in sight.
 */
#define FORM_LINES 40
/* Characters of a line for a model, and how many lines. */
#define LINE_CHARS 300
#define LINES_MAX 5
#define TOOL_CHARS 60
/*
 * Characters of an input in JSON, whatever is asked for, and how many
 * questions.
 */
#define JSON_MIN_CHARS 1000
#define JSON_MAX 16

/* Adds UTF-8 as it may be shown, and how much of it was cut. */
static void
add_bytes(struct buf *out, const char *text, size_t len, size_t chars,
    bool one_line)
{
	size_t keep = utf8_first(text, len, chars);

	utf8_add_visible(out, text, keep, one_line);
	if (keep < len)
		buf_printf(out, " [%zu more characters]",
		    utf8_chars(text + keep, len - keep));
}

static void
add_shown(struct buf *out, const char *text, size_t chars, bool one_line)
{
	add_bytes(out, text, strlen(text), chars, one_line);
}

/* Returns all of an argument, also the part after a NUL. */
static void
add_argument(struct buf *out, struct json_object *input, const char *key,
    size_t chars, bool one_line)
{
	struct json_object *value = json_member(input, key);

	add_bytes(out, json_object_get_string(value),
	    (size_t)json_object_get_string_len(value), chars, one_line);
}

/* Returns the key of the argument that says most; NULL: none does. */
static const char *
telling_key(struct json_object *input)
{
	static const char *const keys[] = { "command", "file_path",
		"notebook_path", "path", "url", "pattern", "query", "skill",
		"description", "prompt", NULL };
	size_t i;

	for (i = 0; keys[i] != NULL; i++)
		if (json_string_at(input, keys[i]) != NULL)
			return keys[i];
	return NULL;
}

static struct json_object *
input_of(const struct question *question)
{
	struct error err;
	struct json_object *input;

	input = question->file.input == NULL ?
	    NULL :
	    json_parse(question->file.input, strlen(question->file.input),
		&err);
	return input == NULL ? json_object_new_object() : input;
}

static void
add_tool(struct buf *out, const struct question *question)
{
	add_shown(out, question->file.tool_name, TOOL_CHARS, true);
}

char *
view_question(const struct question *question, size_t chars)
{
	struct json_object *input = input_of(question);
	const char *key = telling_key(input);
	struct buf out = { 0 };

	add_tool(&out, question);
	buf_puts(&out, ": ");
	if (key != NULL)
		add_argument(&out, input, key, chars, true);
	else
		add_shown(&out, json_text(input, NULL), chars, true);
	json_object_put(input);
	return buf_steal(&out);
}

/* Adds the other arguments of the input, as JSON. */
static void
add_rest(struct buf *out, struct json_object *input, const char *key)
{
	if (key != NULL)
		json_object_object_del(input, key);
	if (json_object_object_length(input) == 0)
		return;
	buf_puts(out, "\n");
	add_shown(out, json_text(input, NULL), FORM_REST_CHARS, true);
}

static bool
has_many_lines(struct json_object *input, const char *key)
{
	struct json_object *value = json_member(input, key);
	const char *text = json_object_get_string(value);
	const char *end = text + json_object_get_string_len(value);
	size_t n = 0;

	for (; text < end && n <= FORM_LINES; text++)
		n += *text == '\n';
	return n > FORM_LINES;
}

char *
view_question_form(const struct question *question)
{
	const struct record *rec = task_record(question->task);
	const struct task_spec *spec = &rec->spec;
	struct json_object *input = input_of(question);
	const char *key = telling_key(input);
	struct buf out = { 0 };

	buf_printf(&out, TASK_ID "%s%s asks to use ", rec->number,
	    spec->label == NULL ? "" : " ",
	    spec->label == NULL ? "" : spec->label);
	add_tool(&out, question);
	if (key != NULL) {
		buf_puts(&out, ":\n");
		add_argument(&out, input, key, FORM_CHARS,
		    has_many_lines(input, key));
	}
	add_rest(&out, input, key);
	buf_puts(&out, "\nin ");
	add_shown(&out, spec->cwd, FORM_REST_CHARS, true);
	json_object_put(input);
	return buf_steal(&out);
}

/* Adds "unanswered it is denied in 9 min". */
static void
add_expiry(struct buf *out, const struct question *question)
{
	int64_t left = question_left_ms(question);
	char span[TIMEFMT_SIZE];

	if (left >= 0)
		buf_printf(out, "; unanswered it is denied in %s",
		    timefmt_span(left, span));
}

static void
add_how(struct buf *out, const struct question *question)
{
	uint64_t task = task_record(question->task)->number;
	bool may = config_get()->agents.model_may_allow;

	buf_printf(out,
	    "\n[the user answers with: ccproc answer " TASK_ID
	    " allow, or deny",
	    task);
	add_expiry(out, question);
	buf_printf(out, "; you may %s with ",
	    may ? "allow or deny" : "only deny,");
	call_deny(question, out);
	buf_puts(out, "]");
}

void
view_questions(const struct task *task, struct buf *out)
{
	const struct question *question = NULL,
			      *first = question_next_open(task, NULL);
	size_t n = 0;
	char *text;

	if (first == NULL)
		return;
	while ((question = question_next_open(task, question)) != NULL &&
	    n++ < LINES_MAX) {
		text = view_question(question, LINE_CHARS);
		buf_printf(out, "\nq%" PRIu64 ": allow %s?", question->number,
		    text);
		free(text);
	}
	if (question_count_open(task) > LINES_MAX)
		buf_printf(out, "\n[and %zu more questions]",
		    question_count_open(task) - LINES_MAX);
	add_how(out, first);
}

struct denials {
	struct buf *out;
	size_t n;
};

static void
add_denied(const char *dir, uint64_t number,
    const struct question_file *question, void *arg)
{
	struct question_answer answer = { 0 };
	struct denials *denials = arg;

	if (question == NULL || denials->n >= LINES_MAX)
		return;
	if (question_files_read_answer(dir, number, &answer) &&
	    answer.decision != DECISION_ALLOW) {
		denials->n++;
		buf_printf(denials->out, "\n[q%" PRIu64 ", ", number);
		add_shown(denials->out, question->tool_name, TOOL_CHARS, true);
		buf_puts(denials->out, ": denied, ");
		add_shown(denials->out,
		    answer.reason != NULL ? answer.reason :
			answer.by != NULL ? answer.by :
					    "nobody knows why",
		    LINE_CHARS, true);
		buf_puts(denials->out, "]");
	}
	schema_clear(question_answer_fields, &answer);
}

void
view_denied_questions(const struct record *rec, struct buf *out)
{
	struct denials denials = { .out = out };
	struct error err;

	/*
	 * questions that cannot be read are left out: the outcome says denied
	 */
	if (question_files_each(rec->dir, add_denied, &denials, &err) != 0)
		return;
}

static struct json_object *
question_json(const struct question *question, size_t chars)
{
	struct json_object *object = json_object_new_object();
	bool fits = strlen(question->file.input) <=
	    (chars < JSON_MIN_CHARS ? JSON_MIN_CHARS : chars);
	char *text = view_question(question, LINE_CHARS);

	json_add_string(object, "request_id", question->file.request_id);
	json_add_string(object, "tool", question->file.tool_name);
	json_add_string(object, "question", text);
	json_add_text(object, "input", fits ? question->file.input : NULL);
	if (!fits)
		json_add_bool(object, "input_truncated", true);
	json_add_string(object, "asked_at", question->file.asked_at);
	json_add_time(object, "expires_at", question_expires_at(question));
	free(text);
	return object;
}

struct json_object *
view_questions_json(const struct task *task, size_t chars)
{
	struct json_object *array = json_object_new_array();
	const struct question *question = NULL;

	while ((question = question_next_open(task, question)) != NULL &&
	    json_object_array_length(array) < JSON_MAX)
		json_object_array_add(array, question_json(question, chars));
	return array;
}
