/*
 * What the bridge remembers of its session, so that a new daemon can take
 * over and the client sees no more than a pause: every request without an
 * answer, and what the client told the daemon about itself.
 */
#ifndef BRIDGE_REPLAY_H
#define BRIDGE_REPLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bridge/message.h"
#include "bridge/pending.h"
#include "bridge/queue.h"

struct replay {
	struct pending_list list;
};

void replay_init(struct replay *replay);
void replay_clear(struct replay *replay);

/*
 * Notes a message of the client, whose line ends at the byte `end` of all
 * that was queued for the daemon.  Ordinal is of a request; what is in a
 * batch has none (0) and cannot be sent again.
 */
void replay_client(struct replay *replay, const struct message *msg,
    uint64_t end, uint64_t ordinal);

/* Notes a message of the daemon.  False: the client has had it; drop it. */
bool replay_daemon(struct replay *replay, const struct message *msg);

/* Whether a new daemon has anything to be told. */
bool replay_any(const struct replay *replay);

/* Whether a request has no answer yet. */
bool replay_waits(const struct replay *replay);

/* Whether so much is open that no more of the client should be read. */
bool replay_full(const struct replay *replay);

/*
 * The daemon has gone; it had the first `sent` bytes.  Answers, and does not
 * send again, a request that daemons die of.
 */
void replay_lost(struct replay *replay, uint64_t sent, struct queue *to_client);

/*
 * For hello: adds "[[ordinal,age],...]", the requests that replay_restore
 * will put, in their order, with the milliseconds since they came.
 */
void replay_describe(const struct replay *replay, struct buf *out);

/*
 * Puts into to_daemon what a new daemon has to be told, and into to_client
 * answers for what was too large to be kept.
 */
void replay_restore(struct replay *replay, struct queue *to_daemon,
    struct queue *to_client);

/* No daemon is there: answers everything that waits for an answer. */
void replay_fail(struct replay *replay, const char *why,
    struct queue *to_client);

#endif
