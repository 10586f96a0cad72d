/*
 * Elicitation outside of a call.  See elicit.h.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "json/json.h"
#include "mcp/call.h"
#include "mcp/client_request.h"
#include "mcp/elicit.h"

struct mcp_elicit {
	struct client_request *request;
	void (*answered)(void *arg, enum mcp_action action,
	    struct json_object *content);
	void *arg;
};

bool
mcp_peer_can(const struct mcp_peer *peer, unsigned wanted)
{
	return peer->ready && (wanted & ~peer->abilities) == 0;
}

/* An error counts as a dialog that was dismissed. */
static void
answered(void *arg, struct json_object *result, struct json_object *error)
{
	const struct mcp_elicit *elicit = arg;
	struct json_object *content = NULL;
	enum mcp_action action = MCP_CANCEL;

	(void)error;
	if (result != NULL)
		action = ask_action(result, &content);
	elicit->answered(elicit->arg, action, content);
}

struct mcp_elicit *
mcp_elicit_new(struct mcp_peer *peer, const struct mcp_ask *ask, bool again,
    void (*callback)(void *arg, enum mcp_action action,
	struct json_object *content),
    void *arg)
{
	struct mcp_elicit *elicit;

	if (!mcp_peer_can(peer, ask_needs(ask)))
		return NULL;
	elicit = xcalloc(1, sizeof(*elicit));
	elicit->answered = callback;
	elicit->arg = arg;
	elicit->request = client_request_new(peer, ask->key, again,
	    ask_published(ask, peer->version, ask->key),
	    "it needs no answer any more", answered, elicit);
	return elicit;
}

void
mcp_elicit_free(struct mcp_elicit *elicit)
{
	if (elicit == NULL)
		return;
	client_request_free(elicit->request);
	free(elicit);
}
