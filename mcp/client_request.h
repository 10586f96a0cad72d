/*
 * Requests of ours to the client, in the era of initialize.  Each has an id,
 * is answered once, and is taken back when it is freed before that.
 */
#ifndef MCP_CLIENT_REQUEST_H
#define MCP_CLIENT_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

struct client_request;
struct json_object;
struct mcp_peer;
struct rpc_message;

/* An id that no other server of this session uses; the caller frees. */
char *client_request_id(struct mcp_peer *peer);

/*
 * Sends a request; takes published, which has its method and params.  With
 * again, an earlier server may have sent the same one.  Answered is called
 * once, from the event loop, and may free the request: the result is NULL
 * when there is none that can be used, and error may tell why.  It is not
 * called when the client goes away.
 */
struct client_request *client_request_new(struct mcp_peer *peer, const char *id,
    bool again, struct json_object *published, const char *reason,
    void (*answered)(void *arg, struct json_object *result,
	struct json_object *error),
    void *arg);
/* Takes it back, for the reason given above, if it has no answer yet. */
void client_request_free(struct client_request *request);

/* A response of the client, from a line of len bytes. */
void client_request_answered(struct mcp_peer *peer,
    const struct rpc_message *msg, size_t len);
/* The client is gone: nothing is answered or taken back any more. */
void client_request_drop_all(struct mcp_peer *peer);

#endif
