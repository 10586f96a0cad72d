/*
 * Inside of the library: the connection and the call, for the files that
 * implement methods.  A method gets a request and answers it with one of the
 * peer_... functions, or makes a call of it.
 */
#ifndef MCP_PEER_H
#define MCP_PEER_H

#include <sys/queue.h>

#include "mcp/mcp.h"
#include "mcp/rpc.h"

struct mcp_call {
	LIST_ENTRY(mcp_call) entry;
	struct mcp_peer *peer;
	char *id;
	uint64_t ordinal;
	const struct mcp_replay *replay; /* NULL: it is new */
	bool modern;
	const struct mcp_tool *tool;
	void *args;
	char *progress_token; /* JSON text, or NULL */
	int64_t began;        /* monotime_ms, when the client sent it */
	int64_t progress;     /* of the last notice */
	void (*cancelled)(void *arg);
	void *cancelled_arg;
};

struct mcp_listen {
	LIST_ENTRY(mcp_listen) entry;
	char *id;
};

struct mcp_peer {
	const struct mcp_info *info;
	void (*send)(void *user, char *line, size_t len);
	void *user;
	uint64_t ordinal; /* of the request being handled, or the last */
	uint64_t next;    /* ordinal of the next one that is new */
	const struct mcp_replay *replay; /* of the one being handled, or NULL */
	const struct mcp_replay *replays; /* that are still to come */
	size_t nreplays;
	bool initialized; /* the initialize handshake took place */
	LIST_HEAD(, mcp_call) calls;
	LIST_HEAD(, mcp_listen) listens;
};

/* One request while it is being dispatched. */
struct mcp_request {
	struct mcp_peer *peer;
	const char *id;
	bool modern;
	struct json_object *params; /* borrows; may be NULL */
	struct json_object *meta;   /* params._meta; may be NULL */
};

/* peer.c; answers take result and data. */
void peer_result(const struct mcp_request *req, struct json_object *result);
void peer_error(const struct mcp_request *req, enum rpc_code code,
    struct json_object *data, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/*
 * What stays open costs memory, and time at each request: true, and
 * answered, when there is no room for one more.
 */
bool peer_full(const struct mcp_request *req);
void peer_notify(struct mcp_peer *peer, const char *method,
    struct json_object *params);

/* A modern result says that it is complete and who made it. */
void peer_complete(const struct mcp_peer *peer, struct json_object *result);
/* Adds ttlMs and cacheScope (server/utilities/caching). */
void peer_cacheable(struct json_object *result, int ttl_ms);
/* {"name","title","version"} */
struct json_object *peer_server_info(const struct mcp_peer *peer);
struct json_object *peer_capabilities(void);
struct json_object *peer_versions(bool modern_too);
/* Newest first, ended by NULL. */
const char *const *peer_legacy_versions(void);

/* modern.c: false when the envelope was refused (and answered). */
bool modern_claims(const char *method, struct json_object *meta);
bool modern_accept(const struct mcp_request *req);
void modern_discover(const struct mcp_request *req);
void modern_listen(const struct mcp_request *req);
bool modern_cancel_listen(struct mcp_peer *peer, const char *id);
void modern_listen_free(struct mcp_listen *listen);

/* legacy.c */
void legacy_initialize(const struct mcp_request *req);
void legacy_ping(const struct mcp_request *req);

/* tools.c */
void tools_list(const struct mcp_request *req);
void tools_call(const struct mcp_request *req);

/* call.c: forgets the call without an answer. */
bool call_cancel(struct mcp_peer *peer, const char *id);
void call_free(struct mcp_call *call);

#endif
