/*
 * Dying of a request.  See crash.h.  Everything is prepared before, since a
 * handler of such a signal can rely on nothing.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/crash.h"

/* For a stack that has run out. */
#define STACK_BYTES (32u << 10)

static char last_word[128];
static volatile sig_atomic_t len; /* 0: nothing is to be said */
static int to;

static void
say(void)
{
	if (len > 0 &&
	    send(to, last_word, (size_t)len, MSG_DONTWAIT | MSG_NOSIGNAL) == -1)
		len = 0;
	len = 0;
}

/* The disposition is the default one again, and the core as it should be. */
static void
die(int signo)
{
	say();
	raise(signo);
}

void
crash_init(void)
{
	static const int signals[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL,
		SIGSEGV };
	static char stack[STACK_BYTES];
	const stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	struct sigaction action = { .sa_handler = die,
		.sa_flags = (int)(SA_ONSTACK | SA_RESETHAND | SA_NODEFER) },
			 old;
	size_t i;

	sigaltstack(&alternate, NULL);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		/* a sanitizer has handlers of its own */
		if (sigaction(signals[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
	atexit(say);
}

void
crash_handling(int fd, uint64_t ordinal)
{
	len = 0;
	if (ordinal == 0)
		return;
	to = fd;
	len = snprintf(last_word, sizeof(last_word),
	    "{\"jsonrpc\":\"2.0\",\"method\":\"ccproc/died\","
	    "\"params\":{\"ordinal\":%" PRIu64 "}}\n",
	    ordinal);
}
