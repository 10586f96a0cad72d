/*
 * The answer of a tool that starts something and waits for what it comes to.
 */
#ifndef DAEMON_REPLY_AWAIT_H
#define DAEMON_REPLY_AWAIT_H

#include <stdbool.h>

#include "daemon/reply/later.h"
#include "json/schema.h"

/* How long to wait, and for how much of the result; embedded in arguments. */
struct await_wish {
	int64_t wait_s;
	int64_t result_chars;
};

extern const struct field await_wish_fields[];
/* The same rows, of which less is published. */
extern const struct field await_brief_fields[];

/*
 * Returns how to wait for the one task: as long as wished, or until the client
 * gets a handle.  Answer has to end in await_reply; args are the call's.
 */
struct later_spec await_spec(const struct mcp_call *call,
    const struct await_wish *wish,
    struct mcp_reply (*answer)(struct mcp_call *call, const void *args,
	struct task *const *tasks, size_t n, const char *note),
    const void *args);

/* Answers for one turn of the task; 0: the current one. */
struct mcp_reply await_reply(struct mcp_call *call,
    const struct await_wish *wish, struct task *task, unsigned turn,
    const char *note) __attribute__((warn_unused_result));

/*
 * If the call has come again with the user's answers to questions of its task,
 * takes these, goes on waiting and returns true.
 */
bool await_again(struct mcp_call *call, const struct later_spec *then,
    struct mcp_reply *reply);

/* result_chars as a record keeps it. */
int64_t await_chars(const struct await_wish *wish);

#endif
