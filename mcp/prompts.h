/*
 * Prompts, which clients show as commands, and the completion of their
 * arguments and of the variables of resource templates.
 */
#ifndef MCP_PROMPTS_H
#define MCP_PROMPTS_H

#include "mcp/content.h"
#include "mcp/mcp.h"

/* An argument or variable that is being typed. */
struct mcp_completion {
	const char *argument;      /* its name */
	const char *typed;         /* so far */
	struct json_object *known; /* the other arguments, or NULL; borrows */
};

/*
 * Values that complete it; the library sends 100 of them and counts the rest.
 */
struct mcp_values;
void mcp_values_add(struct mcp_values *values, const char *value);

struct mcp_prompt {
	const char *name;
	const char *title; /* may be NULL */
	const char *description;
	/*
	 * The table of the arguments, of STRING only, and the size of the
	 * struct that they decode to.
	 */
	const struct field *fields;
	size_t size;
	/*
	 * Answers with mcp_reply_messages, now or later.  Borrows args until
	 * the call is answered.
	 */
	struct mcp_reply (*get)(struct mcp_call *call, const void *args);
	/* Completes an argument; may be NULL. */
	void (*complete)(void *user, const struct mcp_completion *completion,
	    struct mcp_values *values);
};

struct mcp_message {
	bool assistant; /* says it; else the user does */
	struct mcp_content content;
};

/* Without a description, that of the prompt is sent. */
struct mcp_reply mcp_reply_messages(struct mcp_call *call,
    const char *description, const struct mcp_message *messages, size_t n)
    __attribute__((warn_unused_result));

#endif
