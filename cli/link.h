/*
 * A connection to the daemon: lines out, JSON lines in.
 */
#ifndef CLI_LINK_H
#define CLI_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/lines.h"

struct error;
struct json_object;

/* The daemon's words about itself in its answer to hello. */
struct link_daemon {
	char version[40];
	int64_t pid;
	int64_t running, queued; /* tasks; -1: it is older than that */
	int64_t needs_input;     /* of those that run; -1: as above */
	bool queue_paused;       /* nothing more is started */
	char config[4096];       /* its configuration file; "": as above */
	bool selects;            /* it lists by state and group */
	bool glances;            /* it can be asked without being read */
};

struct link {
	int fd;       /* -1: lost */
	bool greeted; /* the daemon has answered our hello */
	struct lines lines;
	char chunk[64 << 10]; /* of which they are */
	struct link_daemon daemon;
};

void link_init(struct link *link);
/* Closes the connection; what came in is forgotten. */
void link_close(struct link *link);

/*
 * Reaches or starts a daemon and says hello as this session; ordinal and
 * replays as in launch_hello.  Does not wait for the answer, so that a request
 * can follow at once.  -1 with err.
 */
int link_open(struct link *link, const char *session, uint64_t ordinal,
    const char *replays, struct error *err);

/*
 * Waits for the answer, so long at most (-1: ever).  -1 with err, and the link
 * is closed; ERR_INVALID: trying again is no use; ECONNRESET: the daemon was
 * about to end.
 */
int link_greeted(struct link *link, int wait_ms, struct error *err);

/*
 * Both with the daemon that listens, if one does.
 */
int link_try(struct link *link, const char *session, int wait_ms,
    struct error *err);

/* A line that cannot be sent is noticed when no answer comes. */
void link_send(struct link *link, const char *line, size_t len);

/*
 * Takes the next line after the answer to hello: 1 with its value, which the
 * caller puts; 0: it is not there yet; -1: the connection is lost, with err as
 * of link_greeted.
 */
int link_take(struct link *link, struct json_object **message,
    struct error *err);

/* Waits until there is something to take; false: not in so long (-1: ever). */
bool link_wait(const struct link *link, int wait_ms);

#endif
