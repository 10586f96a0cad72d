/*
 * A session: what a connection's hello told about the program at its other end.
 * Tasks get their environment, directory and owner from it.
 */
#ifndef DAEMON_SESSION_H
#define DAEMON_SESSION_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

struct error;
struct json_object;
struct mcp_replay;
struct peer;

struct session {
	char uuid[37]; /* of the bridge, or of one run of the command */
	char *client;  /* "bridge" or "ccproc" */
	char *owner;   /* CLAUDE_CODE_SESSION_ID, else uuid */
	char *cwd;     /* CLAUDE_PROJECT_DIR, else the client's; or NULL */
	bool cwd_gone; /* because it has been removed */
	char *env;     /* NAME=value, each with a NUL */
	size_t env_len;
	mode_t umask;
	char *
	    attributes; /* what it has inherited beside; NULL: it does not say */
	pid_t pid;
	struct peer *peer; /* who has connected; borrowed, NULL: nobody */
	char *ask;         /* the task whose questions it is for, or NULL */
	uint64_t ordinal;  /* of its first new request on this connection */
	struct mcp_replay *replays; /* the requests that come before */
	size_t nreplays;
	char **can;       /* what the client takes beyond its protocol */
	bool noted;       /* there are notes of its requests on disk */
	void *connection; /* of the one who made the session */
	bool listed;      /* it has said hello and is connected */
	LIST_ENTRY(session) entry;
};

/* Fills the zeroed session from the params of ccproc/hello. */
int session_init(struct session *session, struct json_object *params,
    struct error *err);
void session_clear(struct session *session);

/* Whether a session of that owner is connected. */
bool session_is_here(const char *owner);

/* The value of a variable in the session's environment; borrows. */
const char *session_getenv(const struct session *session, const char *name);

/* Whether the client has named that; else it is sent nothing of it. */
bool session_can(const struct session *session, const char *word);

#endif
