/*
 * Holding the output of a task.  See streams.h.
 */
#include <stddef.h>
#include <unistd.h>

#include "keeper/keeper.h"
#include "keeper/streams.h"

void
streams_init(struct streams *streams, const struct keeper_options *options,
    int dirfd, const int outputs[2])
{
	bool looked_at = options->agent || options->cap_bytes != 0 ||
	    options->idle_s != 0;

	int i;

	for (i = 0; i < 2; i++) {
		streams->fds[i] = looked_at ? outputs[i] : -1;
		if (!looked_at)
			close(outputs[i]);
	}
	agent_init(&streams->agent, options->agent ? streams->fds : NULL,
	    options->linger_s);
	idle_init(&streams->idle, options->idle_s, options->dir, streams->fds);
	cap_init(&streams->cap, options->cap_bytes, options->agent, dirfd,
	    streams->fds);
}
