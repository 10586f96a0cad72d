/*
 * Starting the program of a task.
 */
#ifndef KEEPER_CHILD_H
#define KEEPER_CHILD_H

#include <sys/types.h>

struct environment;
struct keeper_options;
struct record;

/* Why it did not start, in the words of the record; or what it lacks. */
struct child_failure {
	const char *stage; /* env, prompt, output, fork, cwd, exec */
	int errnum;
	char why[200];   /* what its file tells of that, or "" */
	char lacks[160]; /* once it runs: of what it should inherit; or "" */
};

/*
 * Starts the program of a task that is claimed, in its cgroup, with the
 * environment in its folder, which it takes; the caller clears env in any case.
 * Returns its pid once execve(2) has succeeded, with its stdout and stderr as
 * it has them, for the caller to close; or -1 with failure.
 */
pid_t child_start(const struct keeper_options *options,
    const struct record *record, struct environment *env, int outputs[2],
    struct child_failure *failure);

#endif
