/*
 * The first line of a client: who it is, and what it is served.
 */
#ifndef DAEMON_HELLO_H
#define DAEMON_HELLO_H

#include <stddef.h>

struct error;
struct mcp_info;
struct peer;
struct rpc_message;
struct session;

/*
 * Fills in the session from the first line of who is connected at fd.  Returns
 * what that client is served; NULL with err: nothing.
 */
const struct mcp_info *hello_take(const struct rpc_message *msg, int fd,
    struct peer *who, struct session *session, struct error *err);
/* Returns the line that answers it, which the caller frees. */
char *hello_answer(const char *id, size_t *len);

/*
 * Calls ready before each hello, until it succeeds once; while it fails, the
 * hello is refused with its error.
 */
void hello_refuse_until(int (*ready)(struct error *err));

#endif
