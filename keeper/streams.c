/*
 * Holding the output of a task.  See streams.h.
 */
#include <fcntl.h>
#include <stddef.h>

#include "keeper/keeper.h"
#include "keeper/streams.h"

static int
open_file(int dirfd, const char *name)
{
	/* a task may have made a fifo of it */
	return openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

void
streams_init(struct streams *streams, const struct keeper_options *options,
    int dirfd)
{
	bool looked_at = options->agent || options->cap_bytes != 0 ||
	    options->idle_s != 0;

	streams->fds[0] = looked_at ? open_file(dirfd, "stdout") : -1;
	streams->fds[1] = looked_at ? open_file(dirfd, "stderr") : -1;
	agent_init(&streams->agent, options->agent ? streams->fds : NULL,
	    options->linger_s);
	idle_init(&streams->idle, options->idle_s, options->dir, streams->fds);
	cap_init(&streams->cap, options->cap_bytes, options->agent, dirfd,
	    streams->fds);
}
