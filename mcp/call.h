/*
 * Inside of the library: a request that a handler of the program answers. The
 * methods of tools, prompts and resources make calls.
 */
#ifndef MCP_CALL_H
#define MCP_CALL_H

#include <sys/queue.h>

#include "mcp/ask.h"
#include "mcp/peer.h"

struct mcp_call {
	LIST_ENTRY(mcp_call) entry;
	struct mcp_peer *peer;
	char *id;
	uint64_t ordinal;
	int64_t came_us;
	const struct mcp_replay *replay; /* NULL: no earlier server had it */
	bool modern;
	struct mcp_batch *batch;
	const char *version; /* of the protocol */
	unsigned abilities;
	const char *method;
	/* Calls the handler, once more after each round of answers. */
	struct mcp_reply (*run)(struct mcp_call *call);
	const struct mcp_tool *tool;     /* of tools/call */
	const struct mcp_prompt *prompt; /* of prompts/get */
	char *uri;                       /* of resources/read */
	const struct field *fields;      /* NULL: no args */
	void *args;
	struct json_object *arguments; /* of a tool without fields */
	char *progress_token;          /* JSON text, or NULL */
	int64_t began;                 /* monotime_ms when the client sent it */
	double progress;               /* of the last notice */
	int level;                     /* of log notices; -1: none are wanted */
	void (*cancelled)(void *arg);
	void *cancelled_arg;
	unsigned rounds; /* how often it asked by requests of ours */
	struct json_object *answers;
	char *state;
};

/* Returns a call, which is in the list of its peer. */
struct mcp_call *call_new(const struct mcp_request *req, const char *method,
    struct mcp_reply (*run)(struct mcp_call *call));
void call_args(struct mcp_call *call, const struct field *fields,
    size_t size); /* makes room for what fields decode to */
/*
 * True, and answered: the client has as many requests open as it may.  Open
 * requests cost memory, and time at each new request.
 */
bool call_full(const struct mcp_request *req);
/* Ends a call without an answer.  False: no call has that id. */
bool call_cancel(struct mcp_peer *peer, const char *id);
void call_free(struct mcp_call *call);
/* The request it came from, for the peer_... functions. */
struct mcp_request call_request(const struct mcp_call *call);
/* The call is answered: frees it. */
struct mcp_reply call_done(struct mcp_call *call);
/* Answers the call; takes result. */
struct mcp_reply call_answer(struct mcp_call *call, struct json_object *result);
/* Returns the method, name and arguments of the request as one text. */
char *call_about(const struct mcp_call *call);

/* content.c: content as JSON, for a client of that version. */
struct mcp_content;
struct json_object *content_block(const struct mcp_content *content,
    const char *version);
/* The resource in an embedded block. */
struct json_object *content_resource(const struct mcp_content *content);
/* A CallToolResult. */
struct json_object *content_result(const struct mcp_result *result,
    const char *version);

/* ask.c: what is asked, as JSON, and its answers. */
/* {"method":...,"params":...}; id is for clients of 2025-11-25. */
struct json_object *ask_published(const struct mcp_ask *ask,
    const char *version, const char *id);
unsigned ask_needs(const struct mcp_ask *ask);
/* The action of an ElicitResult; content as in mcp_answer. */
enum mcp_action ask_action(struct json_object *result,
    struct json_object **content);
/* Calls the handler, in 2026-07-28 with the answers in params. */
struct mcp_reply ask_run(struct mcp_call *call, struct json_object *params);

#endif
