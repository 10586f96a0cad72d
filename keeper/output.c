/*
 * Holding the output of a task.  See output.h.
 */
#include <fcntl.h>
#include <stddef.h>

#include "keeper/keeper.h"
#include "keeper/output.h"

static int
open_file(int dirfd, const char *name)
{
	/* a task may have made a fifo of it */
	return openat(dirfd, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

void
output_init(struct output *output, const struct keeper_options *options,
    int dirfd)
{
	bool looked_at = options->agent || options->cap_bytes != 0 ||
	    options->idle_s != 0;

	output->fds[0] = looked_at ? open_file(dirfd, "stdout") : -1;
	output->fds[1] = looked_at ? open_file(dirfd, "stderr") : -1;
	agent_init(&output->agent, options->agent ? output->fds : NULL,
	    options->linger_s);
	idle_init(&output->idle, options->idle_s, options->dir, output->fds);
	cap_init(&output->cap, options->cap_bytes, options->agent, dirfd,
	    output->fds);
}
