/*
 * Inside of the library: the connection and the request, for the files that
 * implement methods.  A method gets a request and answers it with one of the
 * peer_... functions, or makes a call of it (call.h).
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
struct mcp_watch;

struct mcp_listen {
	LIST_ENTRY(mcp_listen) entry;
	char *id;
	unsigned lists;     /* that it asked for, of enum mcp_list */
	unsigned unsent;    /* those that changed while the client was slow */
	unsigned abilities; /* that its request declared */
};

struct mcp_peer {
	LIST_ENTRY(mcp_peer) entry;
	const struct mcp_info *info;
	void (*send)(void *user, char *line, size_t len);
	void *user;
	char name[64];    /* for debug lines */
	uint64_t ordinal; /* of the request being handled, or the last */
	uint64_t next;    /* ordinal of the next one that is new */
	const struct mcp_replay *replay; /* of the one being handled, or NULL */
	const struct mcp_replay *replays; /* that are still to come */
	size_t nreplays;
	bool closing;           /* nothing is sent any more */
	bool slow;              /* see mcp_peer_slow */
	const char *version;    /* that initialize agreed on; NULL: none yet */
	bool modern;            /* so was the last request */
	bool ready;             /* notifications/initialized came */
	unsigned abilities;     /* that initialize declared */
	int level;              /* of log notices in the era of initialize */
	unsigned unsent;        /* as of a listen */
	char id_prefix[24];     /* of the ids of our requests */
	unsigned requests_made; /* how many ids we gave */
	LIST_HEAD(, mcp_call) calls;
	LIST_HEAD(, client_request) requests; /* of ours, unanswered */
	LIST_HEAD(, mcp_listen) listens;
	LIST_HEAD(, mcp_watch) watches;
	size_t nwatches;
};

/* One request while it is being dispatched. */
struct mcp_request {
	struct mcp_peer *peer;
	const char *id; /* NULL: none could be found */
	uint64_t ordinal;
	int64_t came_us; /* when its line came; 0: nobody debugs */
	bool modern;
	struct mcp_batch *batch;    /* that it came in, or NULL */
	struct json_object *params; /* borrows; may be NULL */
	struct json_object *meta;   /* params._meta; may be NULL */
	unsigned abilities;         /* of the client, for this request */
};

/* peer.c; answers take result and data. */
void peer_result(const struct mcp_request *req, struct json_object *result);
void peer_error(const struct mcp_request *req, enum rpc_code code,
    struct json_object *data, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* No answer will come to a request that may be of a batch. */
void peer_no_answer(struct mcp_peer *peer, struct mcp_batch *batch);
/* Takes line and params. */
void peer_send(struct mcp_peer *peer, char *line, size_t len);
void peer_notify(struct mcp_peer *peer, const char *method,
    struct json_object *params);
/* A request of ours; takes published, which has method and params. */
void peer_request(struct mcp_peer *peer, const char *id,
    struct json_object *published);
/* Adds _meta that names the listen which a notice belongs to. */
void peer_mark(struct json_object *params, const char *listen_id);
/* Adds ttlMs and cacheScope to a modern result (server/utilities/caching). */
void peer_cacheable(const struct mcp_request *req, struct json_object *result,
    int ttl_ms, bool shared);
/*
 * The cursor of a list request, NULL for the beginning.  False, and
 * answered, when it cannot be one of ours.
 */
bool peer_cursor(const struct mcp_request *req, const char **cursor);
void peer_bad_cursor(const struct mcp_request *req);
/* The same of a list that is all on one page. */
bool peer_first_page(const struct mcp_request *req);
/* {"name","title","version"} */
struct json_object *peer_server_info(const struct mcp_peer *peer);
struct json_object *peer_versions(bool modern_too);
/* Newest first, ended by NULL. */
const char *const *peer_legacy_versions(void);

/*
 * debug.c: lines of the log about the lines of a connection, for those who
 * debug: names and sizes, no contents.
 */
/* A message of len bytes came; fills in when it did. */
void debug_in(struct mcp_request *req, const struct rpc_message *msg,
    size_t len);
/* Its answer, or another message of ours, goes out. */
void debug_answer(const struct mcp_request *req, size_t len);
void debug_out(const struct mcp_peer *peer, const char *method, size_t len);

/* features.c: what a server offers, as info has it. */
enum feature {
	FEATURE_ANY = 0,
	FEATURE_TOOLS = 1 << 0,
	FEATURE_PROMPTS = 1 << 1,
	FEATURE_RESOURCES = 1 << 2,
	FEATURE_SUBSCRIBE = 1 << 3,
	FEATURE_COMPLETE = 1 << 4,
	FEATURE_LOGS = 1 << 5,
	FEATURE_TASKS = 1 << 6,
	FEATURE_PUSH_TASKS = 1 << 7,
};
unsigned features(const struct mcp_info *info);
struct json_object *features_published(const struct mcp_info *info,
    bool modern);
/* What a client declared, as enum mcp_ability, and the reverse of it. */
unsigned abilities(struct json_object *capabilities);
struct json_object *abilities_published(unsigned abilities);
/* Answers that those are missing. */
void abilities_lacking(const struct mcp_request *req, unsigned wanted);

/* modern.c: false when the envelope was refused (and answered). */
bool modern_claims(const char *method, struct json_object *meta);
bool modern_accept(const struct mcp_request *req);
void modern_discover(const struct mcp_request *req);

/* legacy.c */
void legacy_initialize(const struct mcp_request *req);
void legacy_ping(const struct mcp_request *req);

/* logging.c: -1 when it is none. */
int logging_level(struct json_object *name);
void logging_set_level(const struct mcp_request *req);

/* listen.c */
void listen_open(const struct mcp_request *req);
bool listen_cancel(struct mcp_peer *peer, const char *id);
void listen_free(struct mcp_peer *peer, struct mcp_listen *listen);

/* changes.c: peers that may want to know of changed lists. */
void changes_add(struct mcp_peer *peer);
void changes_remove(struct mcp_peer *peer);
/* Sends what is unsent. */
void changes_flush(struct mcp_peer *peer);

/*
 * watch.c: one URI or task that somebody listens to; listen NULL is a
 * legacy subscription.  Watch_add: false when there is no such thing.
 */
enum watch_kind { WATCH_RESOURCE, WATCH_TASK };
bool watch_add(struct mcp_peer *peer, struct mcp_listen *listen,
    enum watch_kind kind, const char *name);
/* Ends all of a listen, or the legacy ones. */
void watch_remove_all(struct mcp_peer *peer, const struct mcp_listen *listen);
void watch_flush(struct mcp_peer *peer);
/*
 * An earlier server had the request that began them: tells of all, for there
 * may have been a change since that server was gone.
 */
void watch_renewed(struct mcp_peer *peer, const struct mcp_listen *listen);
void watch_subscribe(const struct mcp_request *req);
void watch_unsubscribe(const struct mcp_request *req);

/* tools.c */
void tools_list(const struct mcp_request *req);
void tools_call(const struct mcp_request *req);

/* resources.c */
void resources_list(const struct mcp_request *req);
void resources_templates(const struct mcp_request *req);
void resources_read(const struct mcp_request *req);
void resources_missing(const struct mcp_request *req, const char *uri);

/* prompts.c */
void prompts_list(const struct mcp_request *req);
void prompts_get(const struct mcp_request *req);
const struct mcp_prompt *prompts_find(const struct mcp_info *info,
    const char *name);

/* complete.c */
void complete(const struct mcp_request *req);

/* tasks.c */
void tasks_get(const struct mcp_request *req);
void tasks_update(const struct mcp_request *req);
void tasks_cancel(const struct mcp_request *req);
/* Tells a listen how the task is. */
void tasks_push(struct mcp_peer *peer, const struct mcp_listen *listen,
    const char *id);

/* batch.c: several messages in one array, and their answers in one. */
struct mcp_batch *batch_new(void);
/* One more answer is due. */
void batch_expect(struct mcp_batch *batch);
/*
 * An answer came (takes line), or will not come.  Returns the array of all
 * answers, a line with *len bytes, if that was the last one due and there is
 * any, else NULL.  The batch is gone after the last one.
 */
char *batch_answer(struct mcp_batch *batch, char *line, size_t *len);
char *batch_drop(struct mcp_batch *batch, size_t *len);
/* Bytes of the answers that came. */
size_t batch_size(const struct mcp_batch *batch);
/* Numbers for the requests in it, which the session does not count. */
uint64_t batch_ordinal(struct mcp_batch *batch);

#endif
