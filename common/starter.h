/*
 * Starting the daemon on demand, detached from whoever starts it.  Needs
 * libc only; launch.h decides when.
 */
#ifndef COMMON_STARTER_H
#define COMMON_STARTER_H

struct error;

/*
 * Returns what of our environment is the user's and not a session's, as a
 * vector that borrows the strings; the caller frees it.
 */
char **starter_environment(void);

/*
 * Starts program (ccprocd) with its own session, a clean environment and
 * its output in the file log, and waits, at most 10 s, until it listens (0)
 * or has said why it cannot (-1, err holds its sentence).  1: it ended
 * without a word, which it does when another daemon is there.
 */
int starter_run(const char *program, const char *log, struct error *err);

#endif
