/*
 * Questions of tasks as forms for the user of an MCP client: in the tasks
 * extension, in the answer of a call that waits (2026-07-28), or in requests
 * (earlier protocols, see elicit.h).
 */
#ifndef DAEMON_REPLY_FORM_H
#define DAEMON_REPLY_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/limits.h"
#include "mcp/ask.h"

struct question;
struct question_answer;
struct json_object;
struct session;
struct task;

/* Forms of open questions; zeroed, then filled, then cleared. */
struct forms {
	struct mcp_ask asks[CALL_MAX_ASKS];
	struct form_texts {
		char *key;
		char *message;
		char *schema;
	} texts[CALL_MAX_ASKS]; /* that the asks point to */
	size_t n;
};

/* Adds the open questions of a task, as many as there is room for. */
void form_add_task(struct forms *forms, const struct task *task);
void form_add(struct forms *forms, const struct question *question);
void form_clear(struct forms *forms);

/*
 * Makes an answer to an open question of an action and the content of its form;
 * false: there is none, for instance because the dialog was dismissed.  The
 * caller clears it in any case.
 */
bool form_decision(const struct question *question, enum mcp_action action,
    struct json_object *content, struct question_answer *answer);

/*
 * Takes the answers to open questions of the tasks.  False: one of them was put
 * aside, or there is no user who could have answered.
 */
bool form_take(const struct session *session, struct task *const *tasks,
    size_t n, struct json_object *answers);

/*
 * Answers a call with the questions of its tasks if its client can show them
 * and its model has not been told of them; false: not answered.  State as in
 * mcp_reply_ask; the client calls again with the answers.
 */
bool form_reply(struct mcp_call *call, struct task *const *tasks, size_t n,
    const char *state, struct mcp_reply *reply);

#endif
