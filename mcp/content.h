/*
 * Content blocks, which results are made of, as plain data that the library
 * only reads.  A client that is too old for a kind of block gets a text.
 */
#ifndef MCP_CONTENT_H
#define MCP_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

enum mcp_content_type {
	MCP_TEXT,     /* text */
	MCP_IMAGE,    /* data, mime */
	MCP_AUDIO,    /* data, mime; since 2025-03-26 */
	MCP_EMBEDDED, /* uri, mime, text or data: a resource with its content */
	MCP_LINK,     /* uri, name, ...: a resource to read; since 2025-06-18 */
};

struct mcp_content {
	enum mcp_content_type type;
	const char *text; /* cleaned to UTF-8 */
	const void *data; /* bytes, which go out as base64 */
	size_t len;       /* of data */
	const char *mime; /* "image/png"; may be NULL in EMBEDDED and LINK */
	const char *uri;
	const char *name; /* of LINK; the other members may be NULL */
	const char *title;
	const char *description;
};

/* A result of tools/call. */
struct mcp_result {
	const struct mcp_content *content;
	size_t n;
	/*
	 * The structuredContent, borrowed, or NULL.  Claude Code shows it to
	 * the model in place of all text.
	 */
	struct json_object *structured;
	bool is_error;
};

#endif
