/*
 * Would these tasks start?  Asked by the daemon, which must not touch a path
 * of the user's itself: a dead network mount would freeze it.
 */
#ifndef KEEPER_PROBE_H
#define KEEPER_PROBE_H

/*
 * Reads triples of NUL-terminated strings from stdin until its end: working
 * directory, program ("": do not look), PATH.  Prints "N<TAB>what is wrong"
 * for each one (from 0) that would not start.  The places in the vector, as
 * decimal numbers, are of those that need a git repository and git.  Returns
 * the exit status: 1 when the input is no such thing.
 */
int probe_run(char *const *worktrees);

#endif
