/*
 * Asking the client, mostly its user, in the middle of a tools/call,
 * prompts/get or resources/read.
 *
 * A handler that needs an answer looks for it, and asks when it is not
 * there:
 *
 *	if (mcp_answer(mcp_call_answers(call), "ok", NULL) == MCP_UNANSWERED)
 *		return mcp_reply_ask(call, &ask, 1, NULL);
 *
 * That ends the handler.  Once the client has answered, the handler is
 * called again with the same arguments: in 2026-07-28 as a new request (the
 * client sends it again, see basic/patterns/mrtr), else as the same one.  A
 * client may leave out answers; then ask again.
 */
#ifndef MCP_ASK_H
#define MCP_ASK_H

#include "mcp/mcp.h"

enum mcp_ask_kind {
	MCP_ASK_FORM,   /* elicitation: message, schema */
	MCP_ASK_URL,    /* elicitation: message, url */
	MCP_ASK_SAMPLE, /* sampling/createMessage: params */
	MCP_ASK_ROOTS,  /* roots/list */
};

struct mcp_ask {
	const char *key; /* names the answer; unique in a call */
	enum mcp_ask_kind kind;
	const char *message;
	const char *url;
	const char *schema; /* JSON text of requestedSchema: a flat object */
	const char *params; /* JSON text */
};

/*
 * Asks for n > 0 things.  A client that cannot answer all of their kinds is
 * told what it lacks.  State, a text or NULL, comes back with the answers; it
 * is signed with the key in mcp_info, but not secret, and valid for an hour and
 * for the same request.  The call is freed, or kept until the answers come.
 */
struct mcp_reply mcp_reply_ask(struct mcp_call *call,
    const struct mcp_ask *asks, size_t n, const char *state)
    __attribute__((warn_unused_result));

/*
 * The state that was given to mcp_reply_ask; NULL: none, or nothing was asked.
 */
const char *mcp_call_state(const struct mcp_call *call);
/*
 * The answers by their keys, an object that is valid until the handler returns;
 * NULL: none yet.
 */
struct json_object *mcp_call_answers(const struct mcp_call *call);

enum mcp_action {
	MCP_UNANSWERED, /* there is no answer, or none that is understood */
	MCP_ACCEPT,
	MCP_DECLINE,
	MCP_CANCEL, /* dismissed without a choice; claude -p always does */
};

/*
 * The answer to an elicitation.  If content is not NULL, *content is set to
 * what the user filled in, borrowed, or NULL unless the action is MCP_ACCEPT.
 * The content is not checked against the schema.
 */
enum mcp_action mcp_answer(struct json_object *answers, const char *key,
    struct json_object **content);

#endif
