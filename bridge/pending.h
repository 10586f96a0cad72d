/*
 * What a new daemon must be told again, in the order in which the client
 * said it: the requests without an answer, and those with one whose effect
 * is on the connection (initialize and the like).
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
	bool kept;    /* the client has had its answer; every daemon is told */
	bool swallow; /* kept, and told: that answer is for us */
	bool acked;   /* a listen that the client knows to be open */
	bool again;   /* the last daemon had it, so the next one gets it */
	bool taking;  /* the daemon is handling it, and did not come back yet */
	bool died;    /* the daemon says that it dies of it */
	int64_t taking_since; /* monotime_ms */
	unsigned deaths;      /* of daemons in a row that have died of it */
	uint64_t end;     /* where its line ends in the stream to the daemon */
	uint64_t ordinal; /* of the request; 0: a notification */
	int64_t arrived;  /* monotime_ms */
	struct jsonspan id; /* our copy; at NULL: a notification */
	char *line;         /* with newline; NULL: cannot be sent again */
	size_t line_len;
};

struct pending_list {
	struct pending *first;
	struct pending **end; /* the NULL after the last one */
	size_t bytes;
	size_t open; /* without an answer */
};

void pending_init(struct pending_list *list);
void pending_clear(struct pending_list *list);

/*
 * Adds one at the end and returns it; takes line, which may be NULL.  Copies
 * id.
 */
struct pending *pending_add(struct pending_list *list, struct jsonspan id,
    char *line, size_t line_len);

/* Notes that the client has had its answer; it stays. */
void pending_keep(struct pending_list *list, struct pending *p);

/* Removes and frees the one at the place *at. */
void pending_drop(struct pending_list *list, struct pending **at);

/* The place of the oldest one with this id that expects an answer, or NULL. */
struct pending **pending_find(struct pending_list *list, struct jsonspan id);

#endif
