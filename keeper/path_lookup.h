/*
 * Where a program without a slash in its name may lie.
 */
#ifndef KEEPER_PATH_LOOKUP_H
#define KEEPER_PATH_LOOKUP_H

#include <stdbool.h>
#include <stddef.h>

struct path_lookup {
	const char *program;
	const char *next; /* folders left, NULL at the end */
};

/* path is the value of PATH; with NULL or "" the system's folders count. */
void path_lookup_init(struct path_lookup *lookup, const char *program,
    const char *path);

/*
 * Fills buf with the next candidate; false when there is none.  One that
 * does not fit is passed over.  May be called between vfork and exec.
 */
bool path_lookup_next(struct path_lookup *lookup, char *buf, size_t size);

/* Whether execvp(3) goes on to the next candidate after this errno. */
bool path_lookup_goes_on(int errnum);

#endif
