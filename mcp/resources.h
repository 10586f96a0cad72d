/*
 * Resources, which a client can list, read and watch by their URIs.  A server
 * has one provider of them.
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
	int64_t bytes;       /* 0: unknown */
	int64_t modified_ms; /* since 1970; 0: unknown */
};

struct mcp_template {
	const char *uri; /* RFC 6570: "ccproc://tasks/{id}" */
	const char *name;
	const char *title; /* may be NULL */
	const char *description;
	const char *mime; /* NULL: it differs */
	/* Completes a variable of the URI, see prompts.h; may be NULL. */
	void (*complete)(void *user, const struct mcp_completion *completion,
	    struct mcp_values *values);
};

/* A page of resources/list while it is filled. */
struct mcp_page;
void mcp_page_add(struct mcp_page *page, const struct mcp_resource *resource);
/* There is a next page, which list finds by this cursor. */
void mcp_page_next(struct mcp_page *page, const char *cursor);

/* The provider; list and read must be there. */
struct mcp_resources {
	/*
	 * Fills one page, of a few hundred at most, from a cursor on that
	 * mcp_page_next was given; NULL is the beginning.  False: the cursor is
	 * unknown.
	 */
	bool (*list)(void *user, const char *cursor, struct mcp_page *page);
	const struct mcp_template *templates; /* uri NULL ends them; or NULL */
	/*
	 * Answers with mcp_reply_contents or mcp_reply_no_resource, now or
	 * later.  Borrows uri until the call is answered.
	 */
	struct mcp_reply (*read)(struct mcp_call *call, const char *uri);
	/*
	 * Begins to watch uri: changed(arg) is called at every change of what
	 * read would answer, from the event loop (not from inside of watch),
	 * until unwatch, and only once for each change, because each call costs
	 * a line.  Returns what unwatch is given; NULL: there is no such
	 * resource.  If watch and unwatch are NULL, nothing can be subscribed
	 * to.
	 */
	void *(*watch)(void *user, const char *uri, void (*changed)(void *arg),
	    void *arg);
	void (*unwatch)(void *watch);
};

/*
 * Contents have the type MCP_EMBEDDED; mostly it is one, with the URI that was
 * read.
 */
struct mcp_reply mcp_reply_contents(struct mcp_call *call,
    const struct mcp_content *contents, size_t n)
    __attribute__((warn_unused_result));
struct mcp_reply mcp_reply_no_resource(struct mcp_call *call)
    __attribute__((warn_unused_result));

#endif
