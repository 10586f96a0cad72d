/*
 * Inside of the library: notices that clients asked for.  A listen (listen.c)
 * asks for notices of changed lists (changes.c) and of single resources and
 * tasks (watch.c).
 */
#ifndef MCP_NOTICES_H
#define MCP_NOTICES_H

#include <stdbool.h>
#include <sys/queue.h>

struct mcp_peer;

/* A subscriptions/listen while it is open. */
struct mcp_listen {
	LIST_ENTRY(mcp_listen) entry;
	char *id;
	unsigned lists;     /* that it asked for, of enum mcp_list */
	unsigned unsent;    /* lists that changed while the client was slow */
	unsigned abilities; /* that its request declared */
};

/* False: no listen has that id. */
bool listen_cancel(struct mcp_peer *peer, const char *id);
void listen_free(struct mcp_peer *peer, struct mcp_listen *listen);

/* Adds a peer to those that are told of changed lists, and removes it. */
void changes_add(struct mcp_peer *peer);
void changes_remove(struct mcp_peer *peer);
/* Sends what is unsent. */
void changes_flush(struct mcp_peer *peer);

/* A resource or task of a listen; NULL stands for resources/subscribe. */
enum watch_kind { WATCH_RESOURCE, WATCH_TASK };
/* False: there is no such thing, or the client watches too many. */
bool watch_add(struct mcp_peer *peer, struct mcp_listen *listen,
    enum watch_kind kind, const char *name);
void watch_remove_all(struct mcp_peer *peer, const struct mcp_listen *listen);
/* Sends what is unsent. */
void watch_flush(struct mcp_peer *peer);
/*
 * The listen began at an earlier server: tells of everything in it, because
 * there may have been changes while no server was there.
 */
void watch_renewed(struct mcp_peer *peer, const struct mcp_listen *listen);

#endif
