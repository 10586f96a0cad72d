/*
 * The answers that the bridge gives itself, as lines for the client.
 */
#ifndef BRIDGE_ANSWER_H
#define BRIDGE_ANSWER_H

#include "bridge/message.h"
#include "bridge/queue.h"

/* A line of the client is longer than any may be; id may be missing. */
void answer_too_long(struct queue *out, struct jsonspan id);

/* The daemon that had this request has gone, and it cannot be sent again. */
void answer_restarted(struct queue *out, enum method method,
    struct jsonspan id);

/*
 * Daemons have died while they handled this request, which calls a tool or
 * not (NULL); it is not sent again.
 */
void answer_deadly(struct queue *out, enum method method, struct jsonspan id,
    const char *tool, unsigned deaths);

/*
 * No daemon can be reached; why is its own sentence.  sent: the daemon that
 * has gone had this request.
 */
void answer_unreachable(struct queue *out, enum method method,
    struct jsonspan id, bool sent, const char *why);

#endif
