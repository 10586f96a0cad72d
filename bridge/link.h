/*
 * The way to the daemon: from nothing over connecting to an accepted hello.
 */
#ifndef BRIDGE_LINK_H
#define BRIDGE_LINK_H

#include <stdbool.h>
#include <sys/types.h>

#include "bridge/queue.h"
#include "common/jsonscan.h"

struct error;

enum link_state {
	LINK_DOWN,
	LINK_STARTING, /* a helper starts the daemon; fd tells when */
	LINK_GREETING, /* connected; hello has no answer yet */
	LINK_UP,
};

struct link {
	enum link_state state;
	int fd;             /* to poll, -1 when down */
	pid_t helper;       /* while starting */
	bool paused;        /* while starting: the helper starts nothing yet */
	bool deaf;          /* nothing can be sent any more; EOF will follow */
	struct queue first; /* hello and replays: before what waits */
};

void link_init(struct link *link);

/*
 * Connects, or starts a helper that starts the daemon, for that may take
 * seconds and the client must not wait: state is greeting or starting.
 * With a delay so many milliseconds pass first.
 */
int link_open(struct link *link, int delay_ms, struct error *err);

/*
 * fd can be read while starting: the state is greeting when somebody listens
 * now, starting after a delay with nobody, down when he has gone again.
 * -1: the helper could not start the daemon.
 */
int link_started(struct link *link, struct error *err);

/* Reads the daemon's answer to hello; -1: err has its sentence. */
int link_greeted(struct link *link, struct jsonspan line, struct error *err);

/* Sends the first lines, then those of queue once the link is up. */
void link_flush(struct link *link, struct queue *queue);

/* Whether link_flush has something to send. */
bool link_wants_write(const struct link *link, const struct queue *queue);

/* Down again, whatever the state. */
void link_close(struct link *link);

#endif
