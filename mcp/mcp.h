/*
 * An MCP server as a library.  The program describes itself and its tools;
 * a peer is one connection, fed with lines; a call is one tools/call in
 * flight, which a handler answers exactly once, now or later.
 *
 * Two eras are served on one connection, told apart message by message:
 * 2026-07-28 (stateless: every request carries its protocol version in
 * _meta) and 2024-11-05 to 2025-11-25 (after initialize).
 */
#ifndef MCP_MCP_H
#define MCP_MCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct field;
struct mcp_call;
struct mcp_peer;

/* Proof that a call was answered or will be; only replies make one. */
struct mcp_reply {
	int proof;
};

enum mcp_tool_flags {
	MCP_READ_ONLY = 1 << 0,
	MCP_DESTRUCTIVE = 1 << 1,
	MCP_IDEMPOTENT = 1 << 2,
	MCP_ALWAYS_LOAD = 1 << 3, /* _meta anthropic/alwaysLoad */
	MCP_UNLISTED = 1 << 4,    /* can be called, is not in tools/list */
};

struct mcp_tool {
	const char *name;
	const char *description;
	const struct field *fields; /* of the arguments */
	size_t size;                /* of the struct they decode to */
	unsigned flags;
	/*
	 * Adds to problems what no table can find, so that a caller hears of
	 * everything at once; args may be half decoded.  May be NULL.
	 */
	void (*check)(const void *args, struct error *problems);
	/* Borrows args until the call is answered. */
	struct mcp_reply (*call)(struct mcp_call *call, const void *args);
};

struct mcp_info {
	const char *name;
	const char *title;
	const char *version;
	const char *instructions;
	const struct mcp_tool *const *tools; /* NULL-terminated */
};

/*
 * Info must outlive the peer.  Send takes a whole line with its newline,
 * which it frees.
 */
struct mcp_peer *mcp_peer_new(const struct mcp_info *info,
    void (*send)(void *user, char *line, size_t len), void *user);
/* Cancels what is in flight. */
void mcp_peer_free(struct mcp_peer *peer);
/*
 * Requests are numbered in the order they come in, from ordinal on (else
 * from 1).  The first n are those that an earlier server has had: they have
 * numbers and ages of their own.  Borrows replays for the peer's life.
 */
struct mcp_replay {
	uint64_t ordinal;
	int64_t age_ms;
};
void mcp_peer_number_from(struct mcp_peer *peer, uint64_t ordinal,
    const struct mcp_replay *replays, size_t n);
/* Handles one line (without its newline, NUL-terminated). */
void mcp_peer_line(struct mcp_peer *peer, const char *line, size_t len);
/* Ends the open listens with their empty results, before a shutdown. */
void mcp_peer_goodbye(struct mcp_peer *peer);

/* The user that the peer was made with. */
void *mcp_call_user(const struct mcp_call *call);
/* The number of its request. */
uint64_t mcp_call_ordinal(const struct mcp_call *call);
/*
 * Whether an earlier server has had it, which may have done anything with it
 * but answer; and how long ago the client sent it, 0 for others.
 */
bool mcp_call_replayed(const struct mcp_call *call);
int64_t mcp_call_age_ms(const struct mcp_call *call);
/* Whether the caller gave a progress token. */
bool mcp_call_wants_progress(const struct mcp_call *call);
/* Sends a progress notice, if one is wanted. */
void mcp_call_progress(struct mcp_call *call, const char *message);

/* The answer; frees the call.  Text is cleaned to UTF-8. */
struct mcp_reply mcp_reply_text(struct mcp_call *call, const char *text)
    __attribute__((warn_unused_result));
/* A tool result with isError. */
struct mcp_reply mcp_reply_failure(struct mcp_call *call, const char *text)
    __attribute__((warn_unused_result));

/*
 * The call will be answered later.  When the client cancels it or goes
 * away first, cancelled(arg) is called once and the call is no more.
 */
struct mcp_reply mcp_reply_later(struct mcp_call *call,
    void (*cancelled)(void *arg), void *arg)
    __attribute__((warn_unused_result));

#endif
