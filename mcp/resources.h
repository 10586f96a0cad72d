/*
 * Resources: what a client can list, read and watch by URI.  One provider
 * for each server.
 */
#ifndef MCP_RESOURCES_H
#define MCP_RESOURCES_H

#include "mcp/content.h"
#include "mcp/mcp.h"

struct mcp_completion;
struct mcp_values;

/* Longer URIs are not found. */
#define MCP_URI_MAX_BYTES 2048

struct mcp_resource {
	const char *uri;
	const char *name;
	const char *title; /* this and the next two may be NULL */
	const char *description;
	const char *mime;
	int64_t bytes;       /* 0: not known */
	int64_t modified_ms; /* since 1970; 0: not known */
};

struct mcp_template {
	const char *uri; /* RFC 6570: "ccproc://tasks/{id}" */
	const char *name;
	const char *title; /* may be NULL */
	const char *description;
	const char *mime; /* may be NULL: differs */
	/* Of its variables; may be NULL.  See prompts.h. */
	void (*complete)(void *user, const struct mcp_completion *completion,
	    struct mcp_values *values);
};

/* A page of resources/list while it is filled. */
struct mcp_page;
void mcp_page_add(struct mcp_page *page, const struct mcp_resource *resource);
/* There is more, which list finds by this cursor. */
void mcp_page_next(struct mcp_page *page, const char *cursor);

/* List and read must be there. */
struct mcp_resources {
	/*
	 * Fills one page, of a few hundred at most, from a cursor of its own
	 * on; NULL is the beginning.  False: no cursor of ours.
	 */
	bool (*list)(void *user, const char *cursor, struct mcp_page *page);
	const struct mcp_template *templates; /* ends with uri NULL; or NULL */
	/*
	 * Answers with mcp_reply_contents or mcp_reply_no_resource, now or
	 * later.  Borrows uri until the call is answered.
	 */
	struct mcp_reply (*read)(struct mcp_call *call, const char *uri);
	/*
	 * Begins to watch uri: changed(arg) at every change of what read
	 * would answer, from the event loop (not from inside of watch),
	 * until unwatch.  Returns what unwatch is given; NULL: no such
	 * resource.  Both may be NULL: nothing can be subscribed to.
	 * Changed must not be called for one change only to say it twice:
	 * it costs a line each time.
	 */
	void *(*watch)(void *user, const char *uri, void (*changed)(void *arg),
	    void *arg);
	void (*unwatch)(void *watch);
};

/* Contents are of type MCP_EMBEDDED; mostly one, with the URI that was read. */
struct mcp_reply mcp_reply_contents(struct mcp_call *call,
    const struct mcp_content *contents, size_t n)
    __attribute__((warn_unused_result));
struct mcp_reply mcp_reply_no_resource(struct mcp_call *call)
    __attribute__((warn_unused_result));

#endif
