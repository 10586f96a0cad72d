/*
 * The error object: a function that can fail takes one last, fills it and
 * returns -1 or NULL.  The text says what was seen, what was expected and
 * what to do; no capital, no full stop.
 */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

#include <stdbool.h>

enum error_code {
	ERR_NONE,
	ERR_INVALID,   /* the caller's input is wrong */
	ERR_NOT_FOUND, /* what was named does not exist */
	ERR_LIMIT,     /* a bound of ours is reached */
	ERR_SYSTEM,    /* the system refused; errnum says why */
	ERR_BUSY,      /* somebody else holds it */
	ERR_NEWER,     /* written by a later version of ours */
	ERR_OURS,      /* a part of ccproc is not there, or does not run */
};

/* Room for every problem of a call at once. */
#define ERROR_TEXT_SIZE 8192

struct error {
	enum error_code code;
	int errnum; /* errno at the time, 0 when it has nothing to do with it */
	char text[ERROR_TEXT_SIZE];
};

/* Fills err. */
void fail(struct error *err, enum error_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Fills err as ERR_SYSTEM and appends ": " and what errno says. */
void fail_errno(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Adds one more problem to err, after "; ".  The first one decides the code.
 * What does not fit is dropped and the text ends in "...".
 */
void fail_add(struct error *err, enum error_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts a context and ": " before the text of err. */
void fail_prefix(struct error *err, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * Whether it was for want of something that others use up and give back, or
 * of a part of ccproc, as in the middle of an upgrade, so that the same may
 * succeed in a moment.
 */
bool error_passes(const struct error *err);
bool errno_passes(int errnum);

/* Makes err empty, before fail_add. */
void error_clear(struct error *err);

#endif
