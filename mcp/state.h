/*
 * Inside of the library: a text that a client keeps for us comes back
 * unchanged, for the same request, within an hour, or not at all.
 */
#ifndef MCP_STATE_H
#define MCP_STATE_H

struct mcp_key;

/* Returns a requestState; about tells what the request is. */
char *state_sign(const struct mcp_key *key, const char *state,
    const char *about);
/*
 * Returns the state in a requestState; NULL: it is not signed by us for that
 * request, or is too old.
 */
char *state_verify(const struct mcp_key *key, const char *signed_state,
    const char *about);

#endif
