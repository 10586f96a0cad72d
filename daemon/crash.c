/*
 * What is told of a request while it is handled.  See crash.h.  It is said from
 * handlers of signals, which can rely on nothing.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "common/monotime.h"
#include "daemon/crash.h"

/* For a stack that has run out. */
#define STACK_BYTES (32u << 10)

/* When a request takes long; a bridge counts those that take a second. */
#define LATE_MS 200

static volatile sig_atomic_t handling, told, due; /* due: the timer runs */
static volatile int to;
static volatile uint64_t handled;
static volatile int64_t began;

/* Makes only async-signal-safe calls.  A line begins where it is said. */
static void
say(const char *what)
{
	static const char head[] = "{\"jsonrpc\":\"2.0\",\"method\":\"ccproc/";
	static const char middle[] = "\",\"params\":{\"ordinal\":";
	char line[128], digits[24], *at = line, *p = digits + sizeof(digits);
	uint64_t left = handled;

	*--p = '\0';
	do
		*--p = (char)('0' + left % 10);
	while ((left /= 10) != 0);
	at = stpcpy(stpcpy(stpcpy(stpcpy(at, head), what), middle), p);
	at = stpcpy(at, "}}\n");
	(void)!send(to, line, (size_t)(at - line), MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
say_died(void)
{
	if (handling)
		say("died");
	handling = 0;
}

static void
set_timer(int64_t ms)
{
	const struct itimerval in = { .it_value = { .tv_usec = ms * 1000 } };

	due = 1;
	setitimer(ITIMER_REAL, &in, NULL);
}

/* The timer is not stopped for each request: it looks what is there by then. */
static void
look(int signo)
{
	int saved = errno;
	int64_t left;

	(void)signo;
	due = 0;
	if (!handling || told)
		return;
	left = began + LATE_MS - monotime_ms();
	if (left > 0)
		set_timer(left);
	else {
		say("taking");
		told = 1;
	}
	errno = saved;
}

/* The disposition is the default one again, and the core as it should be. */
static void
die(int signo)
{
	say_died();
	raise(signo);
}

void
crash_init(void)
{
	static const int signals[] = { SIGABRT, SIGBUS, SIGFPE, SIGILL,
		SIGSEGV };
	static char stack[STACK_BYTES];
	const stack_t alternate = { .ss_sp = stack, .ss_size = sizeof(stack) };
	const struct sigaction action = { .sa_handler = die,
		.sa_flags = (int)(SA_ONSTACK | SA_RESETHAND | SA_NODEFER) };
	const struct sigaction late = { .sa_handler = look,
		.sa_flags = SA_RESTART };
	struct sigaction old;
	size_t i;

	sigaltstack(&alternate, NULL);
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		/* a sanitizer has handlers of its own */
		if (sigaction(signals[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
	sigaction(SIGALRM, &late, NULL);
	atexit(say_died);
}

void
crash_handling(int fd, uint64_t ordinal, bool is_told)
{
	handling = 0;
	told = is_told;
	if (ordinal == 0)
		return;
	to = fd;
	handled = ordinal;
	began = monotime_ms();
	handling = 1;
	if (!told && !due)
		set_timer(LATE_MS);
}

bool
crash_handled(void)
{
	handling = 0;
	return told;
}
