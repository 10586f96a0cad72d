/*
 * Tokens, added up over the messages of an agent.  Claude writes one event
 * for each block of a message, all with the message's id and usage.
 */
#ifndef DAEMON_AGENT_USAGE_H
#define DAEMON_AGENT_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct json_object;

#define USAGE_ID_SIZE 64
#define USAGE_KINDS 4

struct usage {
	int64_t tokens[USAGE_KINDS]; /* input, output, cache: made, read */
	size_t messages;
	char last[USAGE_ID_SIZE]; /* id of the last message */
};

/*
 * Takes the event of an assistant; true when it begins a message.  What a
 * subagent says, or claude itself in the model's place, is not counted.
 */
bool usage_take(struct usage *usage, struct json_object *event);

int64_t usage_total(const struct usage *usage);

/*
 * Returns the sums as JSON text, by the names that the API gives them, which
 * the caller frees; NULL: no messages.  It says that they are a minimum: an
 * event has what was known at the beginning of its message.
 */
char *usage_text(const struct usage *usage);

/* Returns the sums of all messages in lines of stream-json in this way. */
char *usage_of_lines(const char *lines, size_t len);

/*
 * Returns what the results of a run have used together, as JSON text or NULL:
 * before is of those before, used of the next one; either may be NULL.
 */
char *usage_sum(const char *before, struct json_object *used);

#endif
