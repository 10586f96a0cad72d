/*
 * What an agent does, from its stdout: a bounded part of it is read when
 * somebody looks or waits, and only then.
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

/* Bytes of the end that are read for the newest lines. */
#define PROGRESS_TAIL_BYTES (64u << 10)
/* Bytes that are read for a digest: hours of work, and some 10 ms of ours. */
#define PROGRESS_LOOK_BYTES (1u << 20)

/*
 * Reads from byte cursor on (-1: the end) into the zeroed activity, which the
 * caller clears.  Of more bytes than the given number it reads the last ones,
 * so that the reader never lags.  Out tells which bytes it read; its text is
 * NULL.  An unfinished line is left for the next time.
 */
int progress_read(const struct record *rec, int64_t cursor, size_t bytes,
    struct activity *activity, struct output *out, struct error *err);

/* How far a running agent is; unknown members are NULL or -1. */
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
