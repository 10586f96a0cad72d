/*
 * Which conversation of its agent a run is in: a new one, the one that the
 * runs before it were in, or a copy of that.
 */
#ifndef DAEMON_TASK_CONVERSATION_H
#define DAEMON_TASK_CONVERSATION_H

#include <stdbool.h>

struct error;
struct record;

struct conversation {
	char *resume; /* to go on with; NULL: a new one begins */
	char *id;     /* of the one that begins, or of the copy; or NULL */
};

/*
 * Fills it for rec's run.  -1 with err: there is none to go on with, since
 * no run before it has begun one.  Two runs of a task never run at once, so
 * that no two processes are in one conversation.
 */
int conversation_of(const struct record *rec, struct conversation *conversation,
    struct error *err);
/* Whether there is a conversation that a reply can go on in. */
bool conversation_can_go_on(const struct record *rec);
void conversation_clear(struct conversation *conversation);

#endif
