/*
 * Reaching the daemon: connect, and start it when it is not there.  Used by
 * the bridge and the command.  Needs libc only.
 */
#ifndef COMMON_LAUNCH_H
#define COMMON_LAUNCH_H

#include <stdint.h>

struct error;

/* The version of the hello line; the daemon refuses any other. */
#define LAUNCH_PROTOCOL 2

/*
 * Returns a connected descriptor when somebody listens at the socket; at
 * once, and starts nothing.
 */
int launch_try(struct error *err);

/*
 * Returns a connected descriptor.  When nobody listens: takes a lock on
 * STATE/start.lock, tries again, starts ccprocd (program_daemon; own session, log in
 * STATE/ccprocd.log, a clean environment) and waits until it listens or has
 * said why it cannot; so any number of callers start one daemon.
 * Inside of a task, where none can be started, the task's keeper is asked to
 * do it, and that may take 10 s.
 * On failure err holds the daemon's own sentence where it had one.
 */
int launch_connect(struct error *err);

/*
 * Takes the lock on STATE/start.lock, so that nobody else starts a daemon
 * before launch_connect has returned or the process ended; what that starts
 * is the daemon beside the running program.  Returns a
 * descriptor to keep open until then.  Inside of a task nothing is locked,
 * for there the keeper is to start it.
 */
int launch_hold(struct error *err);

/*
 * Returns the hello line with its newline; the caller frees.  It carries
 * protocol and program version, session (36 characters), pid, umask, other
 * inherited attributes (common/attributes.h), working directory and environment (base64, since they may be any bytes).
 *
 * Request lines (those that pass jsonscan_check and are an object with `id`
 * and `method`) are numbered through the session.  Replays is the JSON array
 * of [ordinal, age in ms] for the first lines after the hello, which an
 * earlier daemon has had ("[]": none); the others have the numbers from
 * ordinal on.
 *
 * Can is what the client takes beyond the protocol, as a JSON array of words:
 * each side sends what is new only to one that has named it.
 *
 * Ask is the id of the task whose questions the connection is for, of plain
 * characters, or NULL.
 */
char *launch_hello(const char *client, const char *session, uint64_t ordinal,
    const char *replays, const char *can, const char *ask);

/* Fills session with a random UUID (version 4) and a NUL: 37 bytes. */
void launch_session(char *session);

#endif
