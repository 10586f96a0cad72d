/*
 * The daemon as a process: starting, ending, replacing it, and what is seen of
 * it from outside.  Tasks go on whatever happens to it, and sessions meet the
 * next one by themselves.
 */
#ifndef CLI_DAEMON_H
#define CLI_DAEMON_H

#include <limits.h>
#include <stdbool.h>

#include "cli/link.h"
#include "common/limits.h"

struct error;

/* Each prints what it did.  -1 with err. */
int daemon_start(struct error *err);
/* Ends it and waits until it is gone. */
int daemon_stop(struct error *err);
/* Ends it and starts the one that is installed now, if that can serve. */
int daemon_restart(struct error *err);

struct daemon_state {
	bool runs;
	struct link_daemon daemon; /* if it runs */
	char program[PATH_MAX];    /* that it runs; "": not known */
	bool managed;              /* by systemd */
	char next[PATH_MAX];       /* the program that would be started */
	char socket[SOCKET_PATH_SIZE];
	char dir[PATH_MAX]; /* of its state */
};

/* Looks, and starts nothing.  -1 with err: it has refused, or no place is known. */
int daemon_look(struct daemon_state *state, struct error *err);

#endif
