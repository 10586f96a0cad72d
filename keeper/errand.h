/*
 * An errand in a task that has ended: a program of ours looks at, or removes,
 * what the task has written, and whatever that makes it start belongs to the
 * task.
 */
#ifndef KEEPER_ERRAND_H
#define KEEPER_ERRAND_H

struct keeper_options;

/*
 * Runs the program below us with the mark of the task and nothing but the
 * user's own few variables, in a cgroup where there are any.  Nothing of it
 * is left when it has ended, its time is over, or who started us ends or
 * sends SIGTERM.  Returns the program's exit status; 1: it had none.
 */
int errand_run(const struct keeper_options *options);

#endif
