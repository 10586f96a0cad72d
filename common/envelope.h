/*
 * What a line is that cannot be read, or is too long to be kept: whether it is
 * a request, and its id, so that whoever waits for its answer can be told.
 * The text comes in pieces, of which nothing is kept.
 */
#ifndef COMMON_ENVELOPE_H
#define COMMON_ENVELOPE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/jsonscan.h"
#include "common/limits.h"

enum envelope_key { KEY_OTHER, KEY_ID, KEY_METHOD };

/* Zeroed, it has seen nothing. */
struct envelope {
	unsigned depth; /* of braces and brackets */
	bool list;      /* the outermost is a bracket */
	bool in_string;
	bool escaped;
	enum envelope_key key;
	char token[ID_MAX_BYTES + 1]; /* of the outermost object */
	size_t len;                   /* more than ID_MAX_BYTES: it is longer */
	char id[ID_MAX_BYTES];
	size_t id_len;
	bool method;
};

void envelope_feed(struct envelope *envelope, const char *text, size_t len);

/* The id of the request that it was, within envelope; NULL: it was none. */
struct jsonspan envelope_id(const struct envelope *envelope);

#endif
