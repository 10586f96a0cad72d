/*
 * A connection to the daemon: lines out, JSON lines in.
 */
#ifndef CLI_LINK_H
#define CLI_LINK_H

#include <stddef.h>
#include <stdint.h>

#include "common/mem.h"

struct error;
struct json_object;

struct link {
	int fd; /* -1: lost */
	struct buf in;
};

void link_init(struct link *link);
/* Closes the connection; what came in is forgotten. */
void link_close(struct link *link);

/*
 * Reaches or starts a daemon and says hello as this session; ordinal and
 * replays as in launch_hello.  -1 with err; ERR_INVALID: trying again is no
 * use.
 */
int link_open(struct link *link, const char *session, uint64_t ordinal,
    const char *replays, struct error *err);

/* What cannot be sent is noticed when no answer comes. */
void link_send(struct link *link, const char *line, size_t len);

/*
 * Takes the next line: 1 with its value, which the caller puts; 0: it is not
 * there yet; -1: the connection is lost.
 */
int link_take(struct link *link, struct json_object **message);

/* Waits until there is something to take. */
void link_wait(const struct link *link);

#endif
