/*
 * Searching a task's output for lines that match a POSIX extended regular
 * expression.  Patterns are a stranger's and may cost without bound, so it is
 * done in a process of its own, `ccprocd --search', whose processor time and
 * memory are limited: one asks with a request and reads the answer.
 */
#ifndef DAEMON_VIEW_SEARCH_H
#define DAEMON_VIEW_SEARCH_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct error;
struct output;

struct search {
	const char *pattern;
	int64_t context;  /* lines around each match */
	size_t max_chars; /* of what is found */
	const char *path; /* the file to be searched, or NULL: text */
	int64_t cursor;   /* the byte of the file to begin with */
	const char *text; /* of this the newest lines that match are found */
};

/* Adds what the process reads on its stdin. */
void search_ask(const struct search *search, struct buf *out);

/*
 * Fills out from what the process has printed: to is where to go on, no match
 * leaves the text empty.  Left_out counts lines that there was no room for:
 * around a match, or, of a text, older ones that match.  Nothing printed
 * means that a limit has ended it.  -1 with err.
 */
int search_answer(const char *answer, struct output *out, size_t *left_out,
    struct error *err);

/* The process: answers the request on stdin; returns its exit status. */
int search_serve(void);

#endif
