/*
 * Where a program without a slash in its name may lie.
 */
#ifndef KEEPER_SEARCH_H
#define KEEPER_SEARCH_H

#include <stdbool.h>
#include <stddef.h>

struct search {
	const char *program;
	const char *next; /* folders left, NULL at the end */
};

/* path is the value of PATH; with NULL or "" the system's folders count. */
void search_init(struct search *search, const char *program, const char *path);

/*
 * Fills buf with the next candidate; false when there is none.  One that
 * does not fit is passed over.  May be called between vfork and exec.
 */
bool search_next(struct search *search, char *buf, size_t size);

/* Whether execvp(3) goes on to the next candidate after this errno. */
bool search_goes_on(int errnum);

#endif
