/*
 * What an agent does, line by line, as the daemon tells it.
 */
#ifndef CLI_ACTIVITY_H
#define CLI_ACTIVITY_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct error;
struct rpc;

struct activity_spec {
	const char *id;
	int64_t run;   /* 0: the current one */
	bool follow;   /* until the task has ended */
	int64_t lines; /* at most the last ones, to begin with; -1: all */
	FILE *out;
};

/*
 * Prints them as they come.  Returns whether there was any: 1 or 0, or -1
 * with err.
 */
int activity_print(struct rpc *rpc, const struct activity_spec *spec,
    struct error *err);

/* The same in pieces: a call, from a cursor on (-1: the end), and its answer. */
int64_t activity_send(struct rpc *rpc, const char *id, int64_t cursor,
    bool wait, struct error *err);

struct activity_look {
	char *text;        /* the whole answer */
	const char *lines; /* in it; "": none */
	int64_t cursor;    /* to go on from */
	bool ended;
};
/* Fills in the rest from text, which is taken apart. */
int activity_parse(struct activity_look *look, struct error *err);

#endif
