/*
 * Questions to clients of the era of initialize that belong to no call: the
 * program asks when it has to, and hears of the answer by a callback.
 */
#include <stdlib.h>

#include "common/limits.h"
#include "common/mem.h"
#include "json/json.h"
#include "mcp/ask.h"
#include "mcp/call.h"

struct mcp_question {
	LIST_ENTRY(mcp_question) entry;
	struct mcp_peer *peer; /* NULL: it is answered */
	char *id;              /* of our request, as JSON text */
	void (*answered)(void *arg, enum mcp_action action,
	    struct json_object *content);
	void *arg;
};

bool
mcp_peer_can(const struct mcp_peer *peer, unsigned wanted)
{
	return peer->ready && (wanted & ~peer->abilities) == 0;
}

static void
withdraw(const struct mcp_question *question)
{
	struct json_object *params = json_object_new_object();

	json_add_text(params, "requestId", question->id);
	json_add_string(params, "reason", "it needs no answer any more");
	peer_notify(question->peer, "notifications/cancelled", params);
}

/*
 * The id is the same for every server that asks this, so the next one, which
 * does not know what the client shows, takes that back and asks again; and
 * takes the answer, should it be on its way.
 */
struct mcp_question *
mcp_question_new(struct mcp_peer *peer, const struct mcp_ask *ask, bool again,
    void (*answered)(void *arg, enum mcp_action action,
	struct json_object *content),
    void *arg)
{
	struct mcp_question *question;

	if (!mcp_peer_can(peer, ask_needs(ask)))
		return NULL;
	question = xcalloc(1, sizeof(*question));
	question->peer = peer;
	question->id = xasprintf("\"%s\"", ask->key);
	question->answered = answered;
	question->arg = arg;
	LIST_INSERT_HEAD(&peer->questions, question, entry);
	if (again)
		withdraw(question);
	peer_ask(peer, question->id,
	    ask_published(ask, peer->version, ask->key));
	return question;
}

void
mcp_question_free(struct mcp_question *question)
{
	if (question == NULL)
		return;
	if (question->peer != NULL) {
		withdraw(question);
		LIST_REMOVE(question, entry);
	}
	free(question->id);
	free(question);
}

bool
question_answered(struct mcp_peer *peer, const struct rpc_message *msg,
    size_t len)
{
	struct json_object *result = json_object_at(msg->root, "result");
	struct json_object *content = NULL, *answers;
	enum mcp_action action = MCP_CANCEL; /* an error is no answer either */
	struct mcp_question *question;

	LIST_FOREACH(question, &peer->questions, entry)
		if (rpc_same_id(question->id, msg->id))
			break;
	if (question == NULL)
		return false;
	LIST_REMOVE(question, entry);
	question->peer = NULL;
	answers = json_object_new_object();
	if (result != NULL && json_member(msg->root, "error") == NULL &&
	    len <= CALL_MAX_ANSWER_BYTES) {
		json_add(answers, "answer", json_object_get(result));
		action = mcp_answer(answers, "answer", &content);
	}
	question->answered(question->arg, action, content);
	json_object_put(answers);
	return true;
}

void
questions_drop(struct mcp_peer *peer)
{
	struct mcp_question *question;

	while ((question = LIST_FIRST(&peer->questions)) != NULL) {
		LIST_REMOVE(question, entry);
		question->peer = NULL;
	}
}
