/*
 * Signals as bytes in a pipe.  See signals.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "cli/signals.h"
#include "cli/status.h"
#include "common/log.h"

#define INTERRUPTS_MAX 3

static int pipe_fds[2] = { -1, -1 };
static volatile sig_atomic_t interrupts;

static void
note(int signal)
{
	int saved = errno;
	char byte = (char)signal;

	if (signal == SIGINT && ++interrupts >= INTERRUPTS_MAX)
		_exit(STATUS_SIGNAL + SIGINT);
	if (write(pipe_fds[1], &byte, 1) == -1)
		byte = 0; /* it is full, and so tells enough */
	errno = saved;
}

int
signals_catch(void)
{
	static const int caught[] = { SIGHUP, SIGINT, SIGTERM };
	struct sigaction action = { .sa_handler = note,
		.sa_flags = SA_RESTART },
			 old;
	size_t i;

	if (pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK) != 0)
		fatal("cannot make a pipe");
	for (i = 0; i < sizeof(caught) / sizeof(caught[0]); i++) {
		/* nohup(1) and shells ignore one so that it stays ignored */
		sigaction(caught[i], NULL, &old);
		if (old.sa_handler != SIG_IGN)
			sigaction(caught[i], &action, NULL);
	}
	return pipe_fds[0];
}

int
signals_take(void)
{
	char byte;

	return read(pipe_fds[0], &byte, 1) == 1 ? byte : 0;
}
