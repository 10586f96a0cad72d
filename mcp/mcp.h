/*
 * An MCP server as a library.  The program describes itself by a struct
 * mcp_info of tables and providers; a peer is one connection, which is fed
 * with lines; a call is one request, which a handler of the program answers
 * exactly once, now or later.
 *
 * Two eras are served on one connection, told apart message by message:
 * 2026-07-28 (stateless: every request carries its protocol version in
 * _meta) and 2024-11-05 to 2025-11-25 (after initialize).  Handlers need not
 * know which one a call is of.
 *
 * The other public headers are content.h (what results are made of), ask.h
 * (asking the user in the middle of a call), elicit.h (asking outside of a
 * call), resources.h, prompts.h and tasks.h.
 */
#ifndef MCP_MCP_H
#define MCP_MCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct error;
struct field;
struct json_object;
struct mcp_call;
struct mcp_content;
struct mcp_peer;
struct mcp_prompt;
struct mcp_resources;
struct mcp_result;
struct mcp_tasks;

/*
 * Proof that a call was answered or will be; only replies make one.  A
 * handler returns it, a callback hands it to mcp_call_finish.
 */
struct mcp_reply {
	const struct mcp_call *call;
};

enum mcp_tool_flags {
	MCP_READ_ONLY = 1 << 0,
	MCP_DESTRUCTIVE = 1 << 1,
	MCP_IDEMPOTENT = 1 << 2,
	MCP_ALWAYS_LOAD = 1 << 3, /* _meta anthropic/alwaysLoad */
	MCP_UNLISTED = 1 << 4,    /* can be called, but is not in tools/list */
};

struct mcp_tool {
	const char *name;
	const char *title; /* may be NULL */
	const char *description;
	/*
	 * The table of the arguments, and the size of the struct that they
	 * decode to.  A tool without fields takes any object: see
	 * mcp_call_arguments.
	 */
	const struct field *fields;
	size_t size;
	/* JSON texts, or NULL; schema is published in place of the fields. */
	const char *schema;
	const char *output_schema;
	unsigned flags;
	/* How long an answer may be before Claude Code makes it a file. */
	int64_t max_result_chars;
	/*
	 * Adds the problems that no table can find, so that a caller hears of
	 * all of them at once; args may be half decoded.  May be NULL.
	 */
	void (*check)(const void *args, struct error *problems);
	/* Borrows args until the call is answered. */
	struct mcp_reply (*call)(struct mcp_call *call, const void *args);
};

/* Lists that can change, see mcp_list_changed. */
enum mcp_list {
	MCP_LIST_TOOLS = 1 << 0,
	MCP_LIST_PROMPTS = 1 << 1,
	MCP_LIST_RESOURCES = 1 << 2,
};

/* A secret that later processes of the program have, too; see ask.h. */
struct mcp_key {
	unsigned char bytes[32];
};

/* Whatever is NULL or 0 is not offered: its methods are unknown. */
struct mcp_info {
	const char *name;
	const char *title;
	const char *version;
	const char *instructions;
	const struct mcp_tool *const *tools;     /* NULL-terminated */
	const struct mcp_prompt *const *prompts; /* NULL-terminated */
	const struct mcp_resources *resources;
	const struct mcp_tasks *tasks;
	const struct mcp_key *key; /* needed by mcp_reply_ask with a state */
	/* A client of the era of initialize is ready; may be NULL. */
	void (*ready)(struct mcp_peer *peer, void *user);
	/*
	 * Returns what failed in other words for that user, which are freed;
	 * NULL: it is told as it is.  May be NULL.
	 */
	char *(*word_failure)(const void *user, const char *text);
	unsigned changing; /* lists that mcp_list_changed is used for */
	bool logs;         /* mcp_call_log is used */
};

/*
 * Info must outlive the peer.  Send takes a whole line with its newline; the
 * only function of the library that it may call is mcp_peer_slow(peer, true).
 */
struct mcp_peer *mcp_peer_new(const struct mcp_info *info,
    void (*send)(void *user, char *line, size_t len), void *user);
/* Cancels the open calls and ends all watching. */
void mcp_peer_free(struct mcp_peer *peer);
/*
 * Requests are numbered in the order in which they come, from ordinal on (else
 * from 1).  An earlier server has had the first n of them: they have numbers
 * and ages of their own.  Borrows replays for the life of the peer.
 */
struct mcp_replay {
	uint64_t ordinal;
	int64_t age_ms;
};
void mcp_peer_number_from(struct mcp_peer *peer, uint64_t ordinal,
    const struct mcp_replay *replays, size_t n);
/* What is done for a numbered request, of which the server might die. */
enum mcp_handling {
	MCP_TAKING,  /* its handler begins */
	MCP_TAKEN,   /* that has returned: it was answered or put off */
	MCP_PAUSED,  /* or some of its work is left, for which, each time, */
	MCP_RESUMED, /* it gets a slice */
	MCP_WORKED,  /* the last one is over, and the client was told */
};
/* Has a function called at each of these; true: the client was told of it. */
void mcp_peer_on_handling(struct mcp_peer *peer,
    bool (*handling)(void *user, uint64_t ordinal, enum mcp_handling stage));
/* Sets the name of the peer in debug lines of the log. */
void mcp_peer_name(struct mcp_peer *peer, const char *name);
/*
 * Adds to out, for people who debug, the era of the peer and what it has open.
 */
void mcp_peer_describe(const struct mcp_peer *peer, struct json_object *out);
/* Handles one line (without its newline, NUL-terminated). */
void mcp_peer_line(struct mcp_peer *peer, const char *line, size_t len);
/* Before a shutdown: ends the open listens, with empty results. */
void mcp_peer_goodbye(struct mcp_peer *peer);
/*
 * While the client reads slowly, progress and log notices are dropped.  Of
 * changes, only the fact is kept: one notice for each changed list, resource or
 * task is sent when slow ends.
 */
void mcp_peer_slow(struct mcp_peer *peer, bool slow);

/*
 * Lists (of enum mcp_list) have changed: tells the peers of info that want to
 * hear of it.  The tables in info may be exchanged before this call.
 */
void mcp_list_changed(const struct mcp_info *info, unsigned lists);

/* The user that the peer was made with. */
void *mcp_call_user(const struct mcp_call *call);
/* The number of the request, see mcp_peer_number_from. */
uint64_t mcp_call_ordinal(const struct mcp_call *call);
/*
 * Whether an earlier server has had the call, which may have done anything but
 * answer it; and how long ago the client sent such a call, 0 for others.
 */
bool mcp_call_replayed(const struct mcp_call *call);
int64_t mcp_call_age_ms(const struct mcp_call *call);
/* The arguments of a tool without fields, {} if there were none; borrows. */
struct json_object *mcp_call_arguments(const struct mcp_call *call);

/*
 * Whether the call is of 2026-07-28, where a call asks by its answer: see
 * ask.h.
 */
bool mcp_call_is_modern(const struct mcp_call *call);

/* Abilities that a client declares. */
enum mcp_ability {
	MCP_CAN_FORM = 1 << 0,   /* elicitation by a form */
	MCP_CAN_URL = 1 << 1,    /* elicitation by a page */
	MCP_CAN_SAMPLE = 1 << 2, /* deprecated since 2026-07-28 */
	MCP_CAN_ROOTS = 1 << 3,  /* deprecated since 2026-07-28 */
	MCP_CAN_TASKS = 1 << 4,  /* the tasks extension: mcp_reply_task */
};
/* Whether the client of this call has all these abilities. */
bool mcp_call_can(const struct mcp_call *call, unsigned abilities);

/* Whether the caller gave a progress token. */
bool mcp_call_wants_progress(const struct mcp_call *call);
/*
 * Sends a progress notice, if one is wanted, with the seconds since the call.
 */
void mcp_call_progress(struct mcp_call *call, const char *message);
/*
 * The same with other figures.  A notice whose progress is not greater than the
 * last one is dropped; total 0 means unknown; message may be NULL.
 */
void mcp_call_progress_of(struct mcp_call *call, double progress, double total,
    const char *message);

/* The levels of RFC 5424, mildest first. */
enum mcp_level {
	MCP_DEBUG,
	MCP_INFO,
	MCP_NOTICE,
	MCP_WARNING,
	MCP_ERROR,
	MCP_CRITICAL,
	MCP_ALERT,
	MCP_EMERGENCY,
};
/* Sends a log notice to a client that asked for notices of this level. */
void mcp_call_log(struct mcp_call *call, enum mcp_level level,
    const char *text);

/*
 * Answers, each of which frees the call.  Text is cleaned to UTF-8.  The first
 * three are for tools; results of other kinds are in the other headers.
 */
struct mcp_reply mcp_reply_text(struct mcp_call *call, const char *text)
    __attribute__((warn_unused_result));
/* A tool result with isError. */
struct mcp_reply mcp_reply_failure(struct mcp_call *call, const char *text)
    __attribute__((warn_unused_result));
/* Any tool result: see content.h. */
struct mcp_reply mcp_reply_result(struct mcp_call *call,
    const struct mcp_result *result) __attribute__((warn_unused_result));

/* Codes of JSON-RPC errors that a handler may answer with. */
enum mcp_code {
	MCP_INVALID_PARAMS = -32602,
	MCP_INTERNAL_ERROR = -32603,
};
/*
 * For any call: a JSON-RPC error.  Not every client shows those to its model; a
 * tool that has something to say to the model answers with a failure.
 */
struct mcp_reply mcp_reply_error(struct mcp_call *call, enum mcp_code code,
    const char *fmt, ...)
    __attribute__((warn_unused_result, format(printf, 3, 4)));
/* For any call: the client needs these abilities, and lacks some. */
struct mcp_reply mcp_reply_lacks(struct mcp_call *call, unsigned abilities)
    __attribute__((warn_unused_result));

/*
 * For callbacks, which have nobody to return a reply to: ends the handling of a
 * call that was answered, or put off with mcp_reply_later or mcp_reply_ask.
 */
void mcp_call_finish(const struct mcp_call *call, struct mcp_reply reply);

/*
 * For a call that is put off while its handler still has work to do in slices:
 * says so, and returns where to say when each begins and ends, MCP_WORKED last,
 * also when the call is gone by then.
 */
struct mcp_work {
	struct mcp_peer *peer; /* NULL: the request has no number */
	uint64_t ordinal;
	bool told;
};
struct mcp_work mcp_call_work(struct mcp_call *call);
void mcp_work(struct mcp_work *work, enum mcp_handling stage);

/*
 * The call will be answered later.  If the client cancels it or goes away
 * first, cancelled(arg) is called once, and the call is gone after that.
 */
struct mcp_reply mcp_reply_later(struct mcp_call *call,
    void (*cancelled)(void *arg), void *arg)
    __attribute__((warn_unused_result));

#endif
