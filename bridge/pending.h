/*
 * The requests without an answer, oldest first, as the answers come.
 */
#ifndef BRIDGE_PENDING_H
#define BRIDGE_PENDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/message.h"

struct pending {
	struct pending *next;
	enum method method;
	bool swallow; /* the client has had this answer */
	bool acked;   /* a listen that the client knows to be open */
	bool again;   /* to be sent to the next daemon */
	bool lost;    /* the last daemon had it; who knows what it did */
	uint64_t end; /* where its line ends in the stream to the daemon */
	struct jsonspan id; /* our copy */
	char *line;         /* with newline; NULL: cannot be sent again */
	size_t line_len;
};

struct pending_list {
	struct pending *first;
	struct pending **end; /* the NULL behind the last one */
	size_t bytes;
};

void pending_init(struct pending_list *list);
void pending_clear(struct pending_list *list);

/*
 * Inserts a request at the place *at and returns it; takes line, which may
 * be NULL.  Copies id.
 */
struct pending *pending_insert(struct pending_list *list, struct pending **at,
    struct jsonspan id, char *line, size_t line_len);

/* What a request costs. */
size_t pending_bytes(size_t id_len, size_t line_len);

/* Removes and frees the request at the place *at. */
void pending_drop(struct pending_list *list, struct pending **at);

/* The place of the oldest request with this id, or NULL. */
struct pending **pending_find(struct pending_list *list, struct jsonspan id);

/* The line of the request at, which forgets it; the caller frees. */
char *pending_take_line(struct pending_list *list, struct pending *p);

#endif
