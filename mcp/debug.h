/*
 * Inside of the library: log lines about the messages of a connection, for
 * people who debug.  They have names and sizes, no contents.
 */
#ifndef MCP_DEBUG_H
#define MCP_DEBUG_H

#include <stddef.h>

struct mcp_peer;
struct mcp_request;
struct rpc_message;

/* A message of len bytes came; notes the time in req. */
void debug_in(struct mcp_request *req, const struct rpc_message *msg,
    size_t len);
/* The answer to a request goes out. */
void debug_answer(const struct mcp_request *req, size_t len);
/* A notice or a request of ours goes out. */
void debug_out(const struct mcp_peer *peer, const char *method, size_t len);

#endif
