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
#include "daemon/config.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "daemon/view/call.h"
#include "daemon/view/questions.h"
#include "json/dialog.h"
#include "json/json.h"
#include "json/wording.h"

/* Characters of the main argument in a line for a model, and how many lines. */
#define LINE_CHARS 300
#define LINES_MAX 5
/*
 * Characters of an input in JSON, whatever is asked for, and how many
 * questions.
 */
#define JSON_MIN_CHARS 1000
#define JSON_MAX 16

/* What a question is about; the caller puts its input. */
static struct wording
wording_of(const struct question *question)
{
	struct wording w = { .task = task_record(question->task)->number,
		.tool = question->file.tool_name };

	if (question->file.input != NULL)
		w.input = question_input(question);
	if (w.input == NULL)
		w.input = json_object_new_object();
	return w;
}

char *
view_question(const struct question *question, size_t chars)
{
	struct wording w = wording_of(question);
	struct buf out = { 0 };

	wording_line(&w, chars, &out);
	json_object_put(w.input);
	return buf_steal(&out);
}

bool
view_question_dialog(const struct question *question, struct buf *out,
    struct buf *notice)
{
	const struct task_spec *spec = &task_record(question->task)->spec;
	struct wording w = wording_of(question);
	bool all = dialog_add(&w, spec->label, spec->cwd, out, notice);

	json_object_put(w.input);
	return all;
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
	bool wants = question_wants_answers(question);

	buf_printf(out,
	    "\n[the user answers with: ccproc answer " TASK_ID " %s, or deny",
	    task, wants ? "TEXT" : "allow");
	add_expiry(out, question);
	buf_puts(out,
	    wants && may ? "; you may, too, with " :
		may      ? "; you may allow or deny with " :
			   "; you may only deny, with ");
	call_reply(question,
	    wants && may ? "\"answers\":[\"...\"]" :
			   "\"decision\":\"deny\",\"reason\":\"...\"",
	    out);
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
		buf_printf(out,
		    question_wants_answers(question) ? "\nq%" PRIu64 " %s" :
						       "\nq%" PRIu64
						       ": allow %s?",
		    question->number, text);
		free(text);
	}
	if (question_count_open(task) > LINES_MAX)
		buf_printf(out, "\n[and %zu more questions]",
		    question_count_open(task) - LINES_MAX);
	add_how(out, first);
}

struct denials {
	struct buf *out;
	uint64_t task;
	size_t n;
};

static void
add_denied(const char *dir, uint64_t number,
    const struct question_file *question, void *arg)
{
	struct question_answer answer = { 0 };
	struct denials *denials = arg;
	struct wording w = { .task = denials->task };
	const char *why;

	if (question == NULL || denials->n >= LINES_MAX)
		return;
	if (question_files_read_answer(dir, number, &answer) &&
	    answer.decision != DECISION_ALLOW) {
		denials->n++;
		buf_printf(denials->out, "\n[q%" PRIu64 ", ", number);
		argument_name(question->tool_name, denials->out);
		buf_puts(denials->out,
		    answer.reason != NULL ? ": denied, " : ": denied by ");
		why = answer.reason != NULL                    ? answer.reason :
		    answer.by == NULL                          ? "somebody" :
		    strcmp(answer.by, QUESTION_BY_PERSON) == 0 ? "the user" :
								 answer.by;
		argument_text(&w, why, strlen(why), LINE_CHARS, denials->out);
		buf_puts(denials->out, "]");
	}
	schema_clear(question_answer_fields, &answer);
}

void
view_denied_questions(const struct record *rec, struct buf *out)
{
	struct denials denials = { .out = out, .task = rec->number };
	struct error err;

	/*
	 * questions that cannot be read are left out: the outcome says denied
	 */
	if (question_files_each(rec->dir, add_denied, &denials, &err) != 0)
		return;
}

struct answered {
	uint64_t task, number;
	struct buf out;
};

static void
add_answered(const char *dir, uint64_t number,
    const struct question_file *question, void *arg)
{
	struct question_answer answer = { 0 };
	struct answered *answered = arg;
	struct wording w = { .task = answered->task };
	struct error err;

	if (question == NULL || number != answered->number ||
	    !question_files_read_answer(dir, number, &answer))
		return;
	w.tool = question->tool_name;
	w.input = json_parse(question->input, strlen(question->input), &err);
	if (w.input == NULL)
		w.input = json_object_new_object();
	buf_printf(&answered->out, "%s q%" PRIu64 ": ",
	    answer.decision != DECISION_ALLOW ? "denied" :
		answer.answers != NULL        ? "answered" :
						"allowed",
	    number);
	wording_line(&w, LINE_CHARS, &answered->out);
	json_object_put(w.input);
	schema_clear(question_answer_fields, &answer);
}

char *
view_answered_question(const struct record *rec, const char *call)
{
	struct answered answered = { .task = rec->number,
		.number = question_files_answered_by(rec->dir, call) };
	struct error err;

	if (answered.number == 0 ||
	    question_files_each(rec->dir, add_answered, &answered, &err) != 0 ||
	    answered.out.len == 0) {
		buf_clear(&answered.out);
		return NULL;
	}
	return buf_steal(&answered.out);
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
