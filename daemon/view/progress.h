/*
 * What an agent task does, from its stdout: read when somebody looks or
 * waits, never else, and a bounded part of it.
 */
#ifndef DAEMON_VIEW_PROGRESS_H
#define DAEMON_VIEW_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct activity;
struct error;
struct output;
struct record;

/* Of the end, for the newest lines only. */
#define PROGRESS_TAIL_BYTES (64u << 10)
/* For a digest: hours of work, and some 10 ms of ours. */
#define PROGRESS_LOOK_BYTES (1u << 20)

/*
 * Reads from byte cursor on (-1: the end) into the zeroed activity, which
 * the caller clears, at most so many bytes: of more the last ones, so that
 * the reader is never behind.  Out tells which bytes that were; its text is
 * NULL.  What is not yet a whole line is left for the next time.
 */
int progress_read(const struct record *rec, int64_t cursor, size_t bytes,
    struct activity *activity, struct output *out, struct error *err);

/* How far a running agent is; what is not known is NULL or -1. */
struct progress {
	char *newest;    /* line, of at most the bytes that were asked for */
	int64_t turns;   /* unless it has written too much to count them */
	char *tokens;    /* likewise, as JSON text */
	double cost_usd; /* as a result has said, which is rare */
};

/* Reads the end; the caller clears. */
void progress_look(const struct record *rec, size_t max,
    struct progress *progress);
void progress_clear(struct progress *progress);

/* Whether it is an agent that runs. */
bool progress_is_there(const struct record *rec);

/* Returns a digest of the end, within max bytes; the caller frees. */
char *progress_digest(const struct record *rec, size_t max);

#endif
