/*
 * The two ways through the bridge: lines of the client to the daemon and
 * back, and what becomes of them while the daemon comes and goes.
 */
#ifndef BRIDGE_RELAY_H
#define BRIDGE_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "bridge/link.h"
#include "bridge/queue.h"
#include "bridge/replay.h"
#include "common/envelope.h"
#include "common/lines.h"

struct relay {
	struct lines from_client, from_daemon;
	struct envelope too_long; /* of a line of the client */
	struct queue to_client, to_daemon;
	struct replay replay;
	struct link link;
	char session[37];
	const char *ask;  /* the task whose questions it carries, or NULL */
	uint64_t ordinal; /* of the next request line */
	int64_t linked_at;
	unsigned strikes; /* daemons in a row that went at once */
	int64_t since;    /* when the first of them did */
	bool served;      /* one has answered hello, ever */
	bool leaving;     /* a daemon that goes is not replaced */
};

/* Starts a session and reaches for the daemon; ask as in launch_hello. */
void relay_init(struct relay *relay, const char *ask);
void relay_clear(struct relay *relay);

/* Takes what fd, the client's end, has; false at its end. */
bool relay_read_client(struct relay *relay, int fd);

/* Takes what the daemon has, or the helper that starts it. */
void relay_read_daemon(struct relay *relay);

/*
 * Whether to read: a side waits while much is queued for the other one, and
 * the client's also while many answers of ours are.
 */
bool relay_wants_client(const struct relay *relay);
bool relay_wants_daemon(const struct relay *relay);

#endif
