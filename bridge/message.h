/*
 * What the bridge wants to know of a JSON-RPC message.
 */
#ifndef BRIDGE_MESSAGE_H
#define BRIDGE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/jsonscan.h"

/* The methods that the bridge treats in a way of their own. */
enum method {
	METHOD_NONE, /* an answer */
	METHOD_OTHER,
	METHOD_INITIALIZE,
	METHOD_INITIALIZED,
	METHOD_TOOLS_CALL,
	METHOD_SET_LEVEL,
	METHOD_SUBSCRIBE,
	METHOD_UNSUBSCRIBE,
	METHOD_LISTEN,
	METHOD_ACKNOWLEDGED,
	METHOD_CANCELLED,
	METHOD_TAKING, /* the daemon begins to handle a request */
	METHOD_TAKEN,  /* and comes back */
	METHOD_DIED,   /* or dies of it */
};

/* The spans lie in the text that was read. */
struct message {
	struct jsonspan text;
	enum method method;
	struct jsonspan id; /* at NULL: none */
	/* the request that a notification is about, or what to subscribe to */
	struct jsonspan about;
	bool failed; /* an answer with an error */
};

/* False: no JSON object; other JSON is not our business. */
bool message_read(struct jsonspan text, struct message *msg);

/* The ordinal that taking, taken and died are about; 0: none. */
uint64_t message_ordinal(const struct message *msg);

/* The name of the tool that a call is of; NULL when it has none, or too long. */
const char *message_tool(const struct message *msg, char *name, size_t size);

/* The next message in an array, a batch; *pos starts at 0. */
bool message_next(struct jsonspan batch, size_t *pos, struct message *msg);

/* Whether it has an id and a method, so that an answer is due. */
bool message_is_request(const struct message *msg);

/* Whether two are the same string or number, however it is spelled. */
bool message_same_id(struct jsonspan a, struct jsonspan b);

#endif
