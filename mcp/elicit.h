/*
 * Elicitation outside of a call: putting a form or a page to the user of a
 * client, which only the era of initialize allows.
 */
#ifndef MCP_ELICIT_H
#define MCP_ELICIT_H

#include "mcp/ask.h"

struct mcp_elicit;

/*
 * Asks the user.  The key of ask is the id of the request, with the same
 * meaning for every server of this kind; with again, an earlier server may
 * have sent the same request, which is taken back.  Answered is called once,
 * from the event loop, with MCP_CANCEL also for an answer that cannot be
 * used; it may free the elicitation, and is not called when the client goes
 * away.  NULL: the client cannot do that, or is not ready.
 */
struct mcp_elicit *mcp_elicit_new(struct mcp_peer *peer,
    const struct mcp_ask *ask, bool again,
    void (*answered)(void *arg, enum mcp_action action,
	struct json_object *content),
    void *arg);
/* Takes it back if it is not answered.  May be called after mcp_peer_free. */
void mcp_elicit_free(struct mcp_elicit *elicit);

/* Whether a client is ready to be asked, and has all these abilities. */
bool mcp_peer_can(const struct mcp_peer *peer, unsigned abilities);

#endif
