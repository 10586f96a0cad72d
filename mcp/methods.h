/*
 * Inside of the library: the methods of the protocol.  Each gets a request
 * and answers it, or makes a call of it.  After the methods of a file stands
 * what it offers to other files.
 */
#ifndef MCP_METHODS_H
#define MCP_METHODS_H

#include <stdbool.h>

struct json_object;
struct mcp_info;
struct mcp_listen;
struct mcp_peer;
struct mcp_prompt;
struct mcp_request;

/* eras.c */
void eras_initialize(const struct mcp_request *req);
void eras_ping(const struct mcp_request *req);
void eras_discover(const struct mcp_request *req);
/* Whether a request is of 2026-07-28. */
bool eras_modern(const char *method, struct json_object *meta);
/* False, and answered: its _meta is not as 2026-07-28 wants it. */
bool eras_accept(const struct mcp_request *req);
/* Returns {"supported":[...]} with the versions of both eras. */
struct json_object *eras_supported(void);

/* tools.c */
void tools_list(const struct mcp_request *req);
void tools_call(const struct mcp_request *req);

/* resources.c */
void resources_list(const struct mcp_request *req);
void resources_templates(const struct mcp_request *req);
void resources_read(const struct mcp_request *req);
/* Answers that there is no such resource. */
void resources_missing(const struct mcp_request *req, const char *uri);

/* prompts.c */
void prompts_list(const struct mcp_request *req);
void prompts_get(const struct mcp_request *req);
/* NULL: there is none; name may be NULL. */
const struct mcp_prompt *prompts_find(const struct mcp_info *info,
    const char *name);

/* complete.c */
void complete(const struct mcp_request *req);

/* logging.c */
void logging_set_level(const struct mcp_request *req);
/* An enum mcp_level; -1: name is none. */
int logging_level(struct json_object *name);

/* tasks.c */
void tasks_get(const struct mcp_request *req);
void tasks_update(const struct mcp_request *req);
void tasks_cancel(const struct mcp_request *req);
/* Tells a listen how the task is. */
void tasks_push(struct mcp_peer *peer, const struct mcp_listen *listen,
    const char *id);

/* listen.c */
void listen_open(const struct mcp_request *req);

/* watch.c */
void watch_subscribe(const struct mcp_request *req);
void watch_unsubscribe(const struct mcp_request *req);

#endif
