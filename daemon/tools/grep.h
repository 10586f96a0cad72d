/*
 * Searches for read_output, each in a process of its own, a few at a time.
 */
#ifndef DAEMON_TOOLS_GREP_H
#define DAEMON_TOOLS_GREP_H

#include <stdbool.h>

#include "daemon/view/output.h"
#include "mcp/mcp.h"

struct record;
struct search;
struct task;

/* What the answer says of where it has searched. */
struct grep_answer {
	struct task *task;
	int stream;
	struct output at; /* of a text; a file tells that itself */
	bool late;        /* which begins later than was asked for */
	/* Returns the first line; the caller frees. */
	char *(*head)(const struct record *rec, int stream,
	    const struct output *out);
};

/* Answers the call when its search had its turn. */
struct mcp_reply grep_reply(struct mcp_call *call, const struct search *what,
    const struct grep_answer *answer) __attribute__((warn_unused_result));

#endif
