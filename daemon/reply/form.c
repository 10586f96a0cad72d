/*
 * Questions as forms.  See asking.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/reply/form.h"
#include "daemon/reply/later.h"
#include "daemon/session.h"
#include "daemon/task/task.h"
#include "daemon/view/questions.h"
#include "json/json.h"
#include "json/schema.h"

/*
 * Without a field the dialog of Claude Code stands on Accept, so that one key
 * allows.  Who has allowed a tool twice is offered to do so for good, which
 * costs a key more.
 */
#define OFFER_ALWAYS_AFTER 2

static const char plain_schema[] = "{\"type\":\"object\",\"properties\":{}}";

static char *
always_schema(const char *tool_name)
{
	struct json_object *schema = json_object_new_object();
	struct json_object *properties = json_object_new_object();
	struct json_object *always = json_object_new_object();
	char *title = xasprintf("Always allow %.60s in this task", tool_name);
	char *text;

	json_add_string(always, "type", "boolean");
	json_add_string(always, "title", title);
	json_add_bool(always, "default", false);
	json_add(properties, "always", always);
	json_add_string(schema, "type", "object");
	json_add(schema, "properties", properties);
	text = xstrdup(json_text(schema, NULL));
	json_object_put(schema);
	free(title);
	return text;
}

/* A key that is unique whatever tasks a call is about. */
static char *
key_of(const struct ask *ask)
{
	return xasprintf("t%" PRIu64 "-q%" PRIu64,
	    task_record(ask->task)->number, ask->number);
}

void
asking_add_one(struct asking *asking, const struct ask *ask)
{
	const char *tool = ask->file.tool_name;
	struct mcp_ask *form;

	if (asking->n == CALL_MAX_ASKS)
		return;
	form = &asking->asks[asking->n++];
	form->kind = MCP_ASK_FORM;
	form->key = key_of(ask);
	form->message = render_ask_form(ask);
	form->schema = asks_allowed(ask->task, tool) < OFFER_ALWAYS_AFTER ?
	    xstrdup(plain_schema) :
	    always_schema(tool);
}

void
asking_add(struct asking *asking, const struct task *task)
{
	const struct ask *ask = NULL;

	while ((ask = asks_next_open(task, ask)) != NULL)
		asking_add_one(asking, ask);
}

void
asking_clear(struct asking *asking)
{
	size_t i;

	for (i = 0; i < asking->n; i++) {
		free((char *)asking->asks[i].key);
		free((char *)asking->asks[i].message);
		free((char *)asking->asks[i].schema);
	}
	memset(asking, 0, sizeof(*asking));
}

bool
asking_decision(enum mcp_action action, struct json_object *content,
    struct ask_answer *answer)
{
	static char user[] = "the user, in a dialog";
	bool always = false;

	memset(answer, 0, sizeof(*answer));
	answer->by = user;
	if (action == MCP_DECLINE)
		answer->decision = ASK_DENY;
	else if (action == MCP_ACCEPT) {
		answer->decision = ASK_ALLOW;
		answer->always = json_bool_at(content, "always", &always) &&
		    always;
	}
	return answer->decision != 0;
}

static void
take_one(struct task *task, uint64_t number, const struct ask_answer *answer)
{
	struct error err;

	/* somebody else may have been faster */
	if (asks_answer(task, number, answer, &err) != 0 &&
	    err.code != ERR_BUSY)
		log_warnx("t%" PRIu64 ": %s", task_record(task)->number,
		    err.text);
}

static bool
take_of(struct task *task, struct json_object *answers)
{
	struct json_object *content;
	const struct ask *ask, *next;
	struct ask_answer answer;
	enum mcp_action action;
	bool all = true;
	char *key;

	for (ask = asks_next_open(task, NULL); ask != NULL; ask = next) {
		next = asks_next_open(task, ask);
		key = key_of(ask);
		action = mcp_answer(answers, key, &content);
		free(key);
		if (asking_decision(action, content, &answer))
			take_one(task, ask->number, &answer);
		else if (action == MCP_CANCEL)
			all = false;
	}
	return all;
}

bool
asking_take(const struct session *session, struct task *const *tasks, size_t n,
    struct json_object *answers)
{
	bool all = true;
	size_t i;

	if (!asking_has_user(session))
		return false;
	for (i = 0; i < n; i++)
		all = take_of(tasks[i], answers) && all;
	return all;
}

bool
asking_has_user(const struct session *session)
{
	return session->inside == 0 &&
	    session_getenv(session, "CCPROC_TASK") == NULL;
}

/* Those that are new to an owner; what there is no room for stays new. */
static void
add_new(struct asking *asking, struct task *task, const char *owner)
{
	const struct ask *ask = NULL;

	while (asking->n < CALL_MAX_ASKS &&
	    (ask = asks_next_open(task, ask)) != NULL)
		if (asks_note_one(task, ask->number, owner))
			asking_add_one(asking, ask);
}

bool
asking_reply(struct mcp_call *call, struct task *const *tasks, size_t n,
    const char *state, struct mcp_reply *reply)
{
	const struct session *session = tool_session(call);
	struct asking asking = { 0 };
	size_t i;

	if (!mcp_call_is_modern(call) || !mcp_call_can(call, MCP_CAN_FORM) ||
	    !asking_has_user(session))
		return false;
	for (i = 0; i < n; i++)
		add_new(&asking, tasks[i], session->owner);
	if (asking.n == 0)
		return false;
	*reply = mcp_reply_ask(call, asking.asks, asking.n, state);
	asking_clear(&asking);
	return true;
}
