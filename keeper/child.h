/*
 * Starting the program of a task.
 */
#ifndef KEEPER_CHILD_H
#define KEEPER_CHILD_H

#include <sys/types.h>

struct cgroup;
struct environment;
struct keeper_options;

/* Why it did not start, in the words of the record; or what it lacks. */
struct child_failure {
	const char *stage; /* env, prompt, output, fork, cwd, exec */
	int errnum;
	char why[200];   /* what its file tells of that, or "" */
	char lacks[160]; /* once it runs: of what it should inherit; or "" */
};

/*
 * Starts the program in the task directory dirfd and in cgroup, with the
 * environment there, which it takes; the caller clears env in any case.
 * Returns its pid once execve(2) has succeeded, with its stdout and stderr as
 * it has them, for the caller to close; or -1 with failure.
 */
pid_t child_start(const struct keeper_options *options, int dirfd,
    const struct cgroup *cgroup, struct environment *env, int outputs[2],
    struct child_failure *failure);

#endif
