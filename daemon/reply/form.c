/*
 * Questions as forms.  See form.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/reply/form.h"
#include "daemon/reply/options.h"
#include "daemon/reply/tool.h"
#include "daemon/session.h"
#include "daemon/task/lineage.h"
#include "daemon/task/task.h"
#include "daemon/view/questions.h"
#include "json/json.h"
#include "json/schema.h"

/*
 * The dialog of Claude Code for a form without fields has Accept selected, so
 * that one key allows: only where it shows all that will be done.  A user who
 * has allowed a tool twice is offered to allow it for good, which costs one key
 * more.
 */
#define OFFER_ALWAYS_AFTER 2

static const char plain_schema[] = "{\"type\":\"object\",\"properties\":{}}";

/* Returns a schema of these properties as text; takes them, and required. */
static char *
schema_of(struct json_object *properties, struct json_object *required)
{
	struct json_object *schema = json_object_new_object();
	char *text;

	json_add_string(schema, "type", "object");
	json_add(schema, "properties", properties);
	if (required != NULL)
		json_add(schema, "required", required);
	text = xstrdup(json_text(schema, NULL));
	json_object_put(schema);
	return text;
}

/* Adds a field to properties, and returns it, borrowed. */
static struct json_object *
add_field(struct json_object *properties, const char *key, const char *type,
    const char *title)
{
	struct json_object *field = json_object_new_object();

	json_add_string(field, "type", type);
	json_add_string(field, "title", title);
	json_add(properties, key, field);
	return field;
}

static char *
always_schema(const char *tool_name)
{
	struct json_object *properties = json_object_new_object();
	char *title = xasprintf("Always allow %.60s in this task", tool_name);

	json_add_bool(add_field(properties, "always", "boolean", title),
	    "default", false);
	free(title);
	return schema_of(properties, NULL);
}

/* What cannot be allowed by a key that somebody presses without looking. */
static char *
decision_schema(const char *notice)
{
	char *const words[] = { (char[]){ "once" }, (char[]){ "always" },
		(char[]){ "deny" }, NULL };
	struct json_object *properties = json_object_new_object();
	struct json_object *required = json_object_new_array(), *field;

	field = add_field(properties, "decision", "string", "Decision");
	json_add_string(field, "description",
	    *notice != '\0' ?
		notice :
		"allow it once, or this tool always in this task, or deny it");
	json_add_strv(field, "enum", words);
	field = add_field(properties, "reason", "string", "Reason");
	json_add_string(field, "description",
	    "of a denial, for the agent; may be left out");
	json_object_array_add(required, json_object_new_string("decision"));
	return schema_of(properties, required);
}

/* Returns a key that is unique whatever tasks a call is about. */
static char *
key_of(const struct question *question)
{
	return xasprintf(TASK_ID "-q%" PRIu64,
	    task_record(question->task)->number, question->number);
}

static char *
schema_for(const struct question *question, bool all, const char *notice)
{
	const char *tool = question->file.tool_name;
	struct json_object *input, *fields;

	if (question_wants_answers(question)) {
		input = question_input(question);
		fields = options_fields(input);
		json_object_put(input);
		return schema_of(fields, NULL);
	}
	if (!all)
		return decision_schema(notice);
	return question_allowed(question->task, tool) < OFFER_ALWAYS_AFTER ?
	    xstrdup(plain_schema) :
	    always_schema(tool);
}

void
form_add(struct forms *forms, const struct question *question)
{
	struct buf message = { 0 }, notice = { 0 };
	struct form_texts *texts;
	bool all;

	if (forms->n == CALL_MAX_ASKS)
		return;
	all = view_question_dialog(question, &message, &notice);
	texts = &forms->texts[forms->n];
	texts->key = key_of(question);
	texts->message = buf_steal(&message);
	texts->schema = schema_for(question, all,
	    notice.data == NULL ? "" : notice.data);
	buf_clear(&notice);
	forms->asks[forms->n++] = (struct mcp_ask){
		.kind = MCP_ASK_FORM,
		.key = texts->key,
		.message = texts->message,
		.schema = texts->schema,
	};
}

void
form_add_task(struct forms *forms, const struct task *task)
{
	const struct question *question = NULL;

	while ((question = question_next_open(task, question)) != NULL)
		form_add(forms, question);
}

void
form_clear(struct forms *forms)
{
	size_t i;

	for (i = 0; i < forms->n; i++) {
		free(forms->texts[i].key);
		free(forms->texts[i].message);
		free(forms->texts[i].schema);
	}
	memset(forms, 0, sizeof(*forms));
}

/* Whether all of it was in the dialog, so that no field needs an answer. */
static bool
was_all_shown(const struct question *question)
{
	struct buf message = { 0 }, notice = { 0 };
	bool all = view_question_dialog(question, &message, &notice);

	buf_clear(&message);
	buf_clear(&notice);
	return all;
}

/* What was chosen in a form; an answer without a choice is none. */
static void
take_choice(const struct question *question, struct json_object *content,
    struct question_answer *answer)
{
	const char *word = json_string_at(content, "decision");
	struct json_object *input;
	bool always = false;

	if (question_wants_answers(question)) {
		input = question_input(question);
		answer->answers = options_answers(input, content);
		json_object_put(input);
		if (answer->answers != NULL)
			answer->decision = DECISION_ALLOW;
	} else if (word == NULL) {
		if (was_all_shown(question))
			answer->decision = DECISION_ALLOW;
		answer->always = json_bool_at(content, "always", &always) &&
		    always;
	} else if (strcmp(word, "deny") == 0) {
		answer->decision = DECISION_DENY;
		answer->reason = xstrdup(json_string_at(content, "reason"));
	} else if (strcmp(word, "once") == 0 || strcmp(word, "always") == 0) {
		answer->decision = DECISION_ALLOW;
		answer->always = strcmp(word, "always") == 0;
	}
}

bool
form_decision(const struct question *question, enum mcp_action action,
    struct json_object *content, struct question_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
	if (question == NULL || question->answered)
		return false;
	if (action == MCP_DECLINE)
		answer->decision = DECISION_DENY;
	else if (action == MCP_ACCEPT)
		take_choice(question, content, answer);
	answer->by = xstrdup(QUESTION_BY_DIALOG);
	return answer->decision != 0;
}

static void
take_one(struct task *task, uint64_t number,
    const struct question_answer *answer)
{
	struct error err;

	/* somebody else may have been faster */
	if (question_answer(task, number, answer, &err) != 0 &&
	    err.code != ERR_BUSY)
		log_warnx(TASK_ID ": %s", task_record(task)->number, err.text);
}

static bool
take_of(struct task *task, struct json_object *answers)
{
	struct json_object *content;
	const struct question *question, *next;
	struct question_answer answer;
	enum mcp_action action;
	bool all = true;
	char *key;

	for (question = question_next_open(task, NULL); question != NULL;
	     question = next) {
		next = question_next_open(task, question);
		key = key_of(question);
		action = mcp_answer(answers, key, &content);
		free(key);
		if (form_decision(question, action, content, &answer))
			take_one(task, question->number, &answer);
		else if (action != MCP_UNANSWERED)
			all = false;
		schema_clear(question_answer_fields, &answer);
	}
	return all;
}

bool
form_take(const struct session *session, struct task *const *tasks, size_t n,
    struct json_object *answers)
{
	bool all = true;
	size_t i;

	if (!lineage_is_outside(session))
		return false;
	for (i = 0; i < n; i++)
		all = take_of(tasks[i], answers) && all;
	return all;
}

/* Adds the questions that are new to an owner; those without room stay new. */
static void
add_new(struct forms *forms, struct task *task, const char *owner)
{
	const struct question *question = NULL;

	while (forms->n < CALL_MAX_ASKS &&
	    (question = question_next_open(task, question)) != NULL)
		if (question_note_one(task, question->number, owner))
			form_add(forms, question);
}

bool
form_reply(struct mcp_call *call, struct task *const *tasks, size_t n,
    const char *state, struct mcp_reply *reply)
{
	const struct session *session = tool_session(call);
	struct forms forms = { 0 };
	size_t i;

	if (!mcp_call_is_modern(call) || !mcp_call_can(call, MCP_CAN_FORM) ||
	    !lineage_is_outside(session))
		return false;
	for (i = 0; i < n; i++)
		add_new(&forms, tasks[i], session->owner);
	if (forms.n == 0)
		return false;
	*reply = mcp_reply_ask(call, forms.asks, forms.n, state);
	form_clear(&forms);
	return true;
}
