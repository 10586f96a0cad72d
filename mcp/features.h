/*
 * Inside of the library: what a server offers, and what a client can do.
 */
#ifndef MCP_FEATURES_H
#define MCP_FEATURES_H

#include <stdbool.h>

struct json_object;
struct mcp_info;
struct mcp_request;

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

/* What the server offers, of enum feature. */
unsigned features(const struct mcp_info *info);
/* The same as ServerCapabilities; returns them. */
struct json_object *features_published(const struct mcp_info *info,
    bool modern);

/* From ClientCapabilities to enum mcp_ability, and back. */
unsigned abilities(struct json_object *capabilities);
struct json_object *abilities_published(unsigned abilities);
/* Answers a request with the error that its client lacks some of these. */
void abilities_lacking(const struct mcp_request *req, unsigned wanted);

#endif
