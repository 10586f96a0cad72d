/*
 * The events of an agent, one JSON object a line (stream-json): those few of
 * their members that a keeper needs.  The bytes come in pieces of any size,
 * a line may have any length, and nothing is allocated.
 */
#ifndef KEEPER_EVENTS_H
#define KEEPER_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Longer words are none that is asked for. */
#define EVENT_WORD_SIZE 32

/* The members of a line; when one comes twice, the last counts. */
struct event {
	char type[EVENT_WORD_SIZE]; /* "": the line is no object with one */
	char subtype[EVENT_WORD_SIZE];
	char api_error_type[EVENT_WORD_SIZE];
	char api_error_status[EVENT_WORD_SIZE]; /* as it stands there */
	char is_error[EVENT_WORD_SIZE];
	uint64_t task_id; /* its hash; 0: there is none */
	bool has_tasks;   /* the list `tasks` is not empty */
};

struct events {
	struct event event; /* of the line that is being read */
	bool ended;         /* that line; the next byte begins another */
	bool begun;         /* it has a byte */
	bool refused;       /* it is no object */
	bool closed;        /* the object is whole */
	unsigned depth;
	bool quoted, escaped; /* inside of a string; after a backslash */
	/* of the object itself, not of what is in it */
	bool in_value;
	int member;                 /* whose value comes; -1: of none of ours */
	char word[EVENT_WORD_SIZE]; /* the string or word that is being read */
	size_t len;                 /* of it, however long */
	bool plain;                 /* no escapes in it */
	bool string;                /* it stands in quotes */
	uint64_t hash;
};

void events_init(struct events *events);
/* The rest of this line is no event. */
void events_skip(struct events *events);

/*
 * Takes bytes from *p on to end, at most to the end of a line; true when one
 * has ended: then event is what it says, until the next call.
 */
bool events_next(struct events *events, const char **p, const char *end);

/* The same for a last line that nothing closes. */
bool events_finish(struct events *events);

#endif
