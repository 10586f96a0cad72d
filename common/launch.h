/*
 * Reaching the daemon: connect, and start it when it is not there.  Used by
 * the bridge and the command.  Needs libc only.
 */
#ifndef COMMON_LAUNCH_H
#define COMMON_LAUNCH_H

#include <stdbool.h>

struct error;

/* Of the hello line; the daemon refuses another one. */
#define LAUNCH_PROTOCOL 1

/*
 * Returns a connected descriptor when somebody listens at the socket; at
 * once, and starts nothing.
 */
int launch_try(struct error *err);

/*
 * Returns a connected descriptor.  When nobody listens: takes a lock on
 * STATE/start.lock, tries again, starts ccprocd (own session, log in
 * STATE/ccprocd.log, a clean environment) and waits until it listens or has
 * said why it cannot; so any number of callers start one daemon.
 * On failure err holds the daemon's own sentence where it had one.
 */
int launch_connect(struct error *err);

/*
 * Takes the lock on STATE/start.lock, so that nobody else starts a daemon
 * before launch_connect has returned or the process ended.  Returns a
 * descriptor to keep open until then.
 */
int launch_hold(struct error *err);

/*
 * Whether a keeper is among our ancestors: then no daemon is started, for it
 * would end with that task.
 */
bool launch_inside_task(void);

/*
 * Returns the hello line with its newline; the caller frees.  It carries
 * protocol and program version, session (36 characters), the ordinal of the
 * next request line (a line that passes jsonscan_check and is an object with
 * `id` and `method`; those behind the hello have this number and the next
 * ones), pid, umask, working directory and environment (base64, since they
 * may be any bytes).
 */
char *launch_hello(const char *client, const char *session,
    unsigned long long ordinal);

/* Fills session with a random UUID (version 4) and a NUL: 37 bytes. */
void launch_session(char *session);

#endif
