/*
 * Tool calls to the daemon over its socket, which is reached or started.
 * The daemon may end and come back at any time; so every call is one that
 * may be made again, or the caller finds out what became of it.
 */
#ifndef CLI_RPC_H
#define CLI_RPC_H

#include <stdbool.h>
#include <stdint.h>

struct error;
struct json_object;
struct rpc;

struct rpc_reply {
	int64_t id;  /* of the call */
	bool failed; /* the tool says so; text tells why */
	char *text;  /* the caller frees */
};

/* Connects; the caller frees.  NULL with err. */
struct rpc *rpc_open(struct error *err);
void rpc_free(struct rpc *rpc);

/*
 * Calls a tool and waits for the answer, over several daemons if need be:
 * for calls that may be made twice.  Takes args.
 */
int rpc_call(struct rpc *rpc, const char *tool, struct json_object *args,
    struct rpc_reply *reply, struct error *err);

/*
 * The same in pieces.  rpc_send borrows args and returns the call's id, -1
 * when the line is too long (err says so); that the daemon has gone shows
 * when receiving.  rpc_receive returns 1 with a reply to any call, 0 when
 * none is there yet (wait until rpc_fd can be read), -1 when the connection
 * is lost, and with it every call without a reply.  rpc_reconnect then makes
 * a new one, tries for a while, and fails when daemons go away again and
 * again.
 */
int64_t rpc_send(struct rpc *rpc, const char *tool, struct json_object *args,
    struct error *err);
int rpc_fd(const struct rpc *rpc);
int rpc_receive(struct rpc *rpc, struct rpc_reply *reply);
/*
 * Wait for the next reply, or for the one to a call, passing over others;
 * 0, or -1 when the connection is lost.
 */
int rpc_next(struct rpc *rpc, struct rpc_reply *reply);
int rpc_wait(struct rpc *rpc, int64_t id, struct rpc_reply *reply);
int rpc_reconnect(struct rpc *rpc, struct error *err);

#endif
