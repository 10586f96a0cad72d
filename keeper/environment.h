/*
 * The environment of a task: the file `env`, strings that end in a NUL byte.
 * There may be secrets in it, so it is on disk only as long as somebody is to
 * start the task.
 */
#ifndef KEEPER_ENVIRONMENT_H
#define KEEPER_ENVIRONMENT_H

#include <stddef.h>

struct environment {
	char **vector; /* for execve(2) */
	void *map;     /* holds it, and after it the text */
	size_t map_size;
	const char *text;
	size_t size;
};

/*
 * Reads it in the directory of a task and removes it in any case; -1 with
 * errno.
 */
int environment_take(struct environment *env, int dirfd);

/* Writes it again, for another try; on failure it is not there. */
int environment_give_back(const struct environment *env, int dirfd);

/* Also of one that was never taken, and zero. */
void environment_clear(struct environment *env);

#endif
