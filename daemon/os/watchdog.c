/*
 * How long turns of the loop take.  See watchdog.h.
 */
#include <execinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/os/watchdog.h"

#ifdef CCPROC_DEBUG

#define LONG_US 5000
#define FRAMES_MAX 64

static long long began_us; /* 0: nobody watches */

static long long
cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

/*
 * Of what is computed here.  The system's part is not ours: a single name in a
 * folder takes some file systems 25 ms, after many have been deleted.
 */
static void
set_limit(long ms)
{
	struct itimerval at = { .it_value = { .tv_sec = ms / 1000,
				    .tv_usec = ms % 1000 * 1000 } };

	setitimer(ITIMER_VIRTUAL, &at, NULL);
}

/* The stack tells who it was; addr2line(1) makes lines of it. */
static void
on_limit(int signo)
{
	void *frames[FRAMES_MAX];

	(void)signo;
	log_warnx("a turn of the loop has used %d ms of processor time, the "
		  "most a build for tests allows; it was at:",
	    WATCHDOG_MS);
	backtrace_symbols_fd(frames, backtrace(frames, FRAMES_MAX),
	    STDERR_FILENO);
	abort();
}

void
watchdog_start(void)
{
	struct sigaction action = { .sa_handler = on_limit };
	void *frame;

	(void)backtrace(&frame, 1); /* loads what it needs */
	if (sigaction(SIGVTALRM, &action, NULL) != 0)
		fatal("cannot watch the turns of the loop");
	began_us = cpu_us();
}

void
watchdog_allow(size_t ms)
{
	if (began_us != 0)
		set_limit(WATCHDOG_MS + (long)ms);
}

static void
end_turn(void)
{
	long long us = cpu_us() - began_us;

	set_limit(0);
	if (us > LONG_US)
		log_warnx("a turn of the loop used %lld us of processor time",
		    us);
}

/* That of the C library, whose place it takes for libevent, too. */
int
epoll_wait(int fd, struct epoll_event *events, int max, int timeout)
{
	int n;

	if (began_us != 0)
		end_turn();
	n = epoll_pwait(fd, events, max, timeout, NULL);
	if (began_us != 0) {
		set_limit(WATCHDOG_MS);
		began_us = cpu_us();
	}
	return n;
}

#endif
