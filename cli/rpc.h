/*
 * Tool calls to the daemon over its socket, which is reached or started.
 * The daemon may end and come back at any time; what it has not answered is
 * sent again to the next one, which does nothing twice.
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
/* Whether the daemon lists tasks by state and group; waits for its hello. */
bool rpc_selects(struct rpc *rpc);
/* Whether what it tells may stay unseen; waits, too. */
bool rpc_glances(struct rpc *rpc);

/*
 * Calls fn with each word of the daemon about how far a call is; all is 0 where
 * that is unknown.
 */
void rpc_on_progress(struct rpc *rpc,
    void (*fn)(int64_t so_far, int64_t all, void *arg), void *arg);

/*
 * From now on what is waited for is only printed: it is given up when nobody
 * reads stdout any more.
 */
void rpc_prints(struct rpc *rpc);

/* Calls a tool and waits for the answer.  Takes args. */
int rpc_call(struct rpc *rpc, const char *tool, struct json_object *args,
    struct rpc_reply *reply, struct error *err);

/*
 * The same in pieces.  rpc_send borrows args and returns the call's id, -1
 * when the line is too long (err says so); that the daemon has gone shows
 * when receiving.  rpc_receive returns 1 with a reply to any call, 0 when
 * none is there yet (wait until rpc_fd can be read), -1 with err when no
 * daemon can be reached for a while or they go away again and again.
 */
int64_t rpc_send(struct rpc *rpc, const char *tool, struct json_object *args,
    struct error *err);
int rpc_fd(const struct rpc *rpc);
int rpc_receive(struct rpc *rpc, struct rpc_reply *reply, struct error *err);
/* Wait for the next reply, or for the one to a call, passing over others. */
int rpc_next(struct rpc *rpc, struct rpc_reply *reply, struct error *err);
int rpc_wait(struct rpc *rpc, int64_t id, struct rpc_reply *reply,
    struct error *err);

#endif
