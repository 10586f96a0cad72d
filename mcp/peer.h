/*
 * Inside of the library: a connection, a request that it sent, and answers
 * and notices to it.
 */
#ifndef MCP_PEER_H
#define MCP_PEER_H

#include <sys/queue.h>

#include "mcp/mcp.h"
#include "mcp/rpc.h"

#define MCP_MODERN "2026-07-28"
#define MCP_PREFIX "io.modelcontextprotocol/"

struct client_request;
struct mcp_batch;
struct mcp_listen;
struct mcp_watch;

struct mcp_peer {
	LIST_ENTRY(mcp_peer) entry;
	const struct mcp_info *info;
	void (*send)(void *user, char *line, size_t len);
	bool (*handling)(void *user, uint64_t ordinal, enum mcp_handling stage);
	bool paused; /* the request that is handled has work left */
	void *user;
	char name[64];    /* for debug lines */
	uint64_t ordinal; /* of the last request, which may be handled now */
	uint64_t next;    /* ordinal of the next request that is new */
	const struct mcp_replay *replay;  /* of the last request, or NULL */
	const struct mcp_replay *replays; /* that are still to come */
	size_t nreplays;
	bool modern;         /* the last request was of 2026-07-28 */
	bool closing;        /* nothing is sent any more */
	bool slow;           /* see mcp_peer_slow */
	const char *version; /* that initialize agreed on; NULL: none yet */
	bool ready;          /* notifications/initialized came */
	unsigned abilities;  /* that initialize declared */
	int level;           /* of log notices in the era of initialize */
	unsigned unsent;     /* lists that changed while the client was slow */
	char id_prefix[24];  /* of the ids of our requests */
	unsigned requests_made; /* counts those ids */
	LIST_HEAD(, mcp_call) calls;
	LIST_HEAD(, client_request) requests; /* of ours, unanswered */
	LIST_HEAD(, mcp_listen) listens;
	LIST_HEAD(, mcp_watch) watches;
	size_t nwatches;
};

/* A request while it is dispatched. */
struct mcp_request {
	struct mcp_peer *peer;
	const char *id; /* JSON text; NULL: none could be found */
	uint64_t ordinal;
	int64_t came_us; /* when its line came; 0: nobody debugs */
	bool modern;
	struct mcp_batch *batch;    /* that it came in, or NULL */
	struct json_object *params; /* borrows; may be NULL */
	struct json_object *meta;   /* params._meta; may be NULL */
	unsigned abilities;         /* of the client, for this request */
};

/* Answers; they take result and data. */
void peer_result(const struct mcp_request *req, struct json_object *result);
void peer_error(const struct mcp_request *req, enum rpc_code code,
    struct json_object *data, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* A message of the batch, which may be NULL, will not be answered. */
void peer_no_answer(struct mcp_peer *peer, struct mcp_batch *batch);

/* Takes params, which may be NULL. */
void peer_notify(struct mcp_peer *peer, const char *method,
    struct json_object *params);
/* A request of ours; takes published, which has method and params. */
void peer_request(struct mcp_peer *peer, const char *id,
    struct json_object *published);

/* Adds _meta with the id of the listen that a notice belongs to. */
void peer_mark(struct json_object *params, const char *listen_id);
/* Adds ttlMs and cacheScope to a modern result (server/utilities/caching). */
void peer_cacheable(const struct mcp_request *req, struct json_object *result,
    int ttl_ms, bool shared);
/* Returns {"name","title","version"}. */
struct json_object *peer_server_info(const struct mcp_peer *peer);

/*
 * The cursor of a list request, NULL for the beginning.  False, and
 * answered: it cannot be one of ours.
 */
bool peer_cursor(const struct mcp_request *req, const char **cursor);
void peer_bad_cursor(const struct mcp_request *req);
/* The same for a list that has only one page. */
bool peer_first_page(const struct mcp_request *req);

#endif
