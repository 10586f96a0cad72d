/*
 * What the bridge remembers of its session, so that a new daemon can take
 * over: the requests that have no answer yet, and what the client told the
 * daemon about itself.
 */
#ifndef BRIDGE_REPLAY_H
#define BRIDGE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/message.h"
#include "bridge/pending.h"
#include "bridge/queue.h"

/* A line that every new daemon is sent. */
struct kept {
	char *line; /* NULL: none */
	size_t len;
};

struct replay {
	struct pending_list open;
	struct kept initialize, initialized, level;
};

void replay_init(struct replay *replay);
void replay_clear(struct replay *replay);

/*
 * Notes a message of the client, whose line ends at the byte `end` of all
 * that was queued for the daemon.
 */
void replay_client(struct replay *replay, const struct message *msg,
    uint64_t end);

/* Notes a message of the daemon.  False: the client has had it; drop it. */
bool replay_daemon(struct replay *replay, const struct message *msg);

/* Whether a new daemon has anything to be told. */
bool replay_any(const struct replay *replay);

/* The daemon has gone; it had the first `sent` bytes. */
void replay_lost(struct replay *replay, uint64_t sent);

/*
 * A new daemon is there: puts into to_daemon what it has to be told, and
 * into to_client answers for what it cannot know.  Returns how many request
 * lines it put.
 */
unsigned replay_restore(struct replay *replay, struct queue *to_daemon,
    struct queue *to_client);

/* No daemon is there: answers everything that waits for an answer. */
void replay_fail(struct replay *replay, const char *why,
    struct queue *to_client);

#endif
