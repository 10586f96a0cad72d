/*
 * Whose account an agent works on, as far as its environment tells.
 */
#ifndef DAEMON_TASK_ACCOUNT_H
#define DAEMON_TASK_ACCOUNT_H

struct buf;

/*
 * Returns a UUID that is the same for agents with the same configuration folder
 * of claude, API and credentials; the caller frees.  Env has NAME=value pairs,
 * each with a NUL.  A credential cannot be told from it, nor be tried out on
 * another machine.
 */
char *account_of(const struct buf *env);

#endif
