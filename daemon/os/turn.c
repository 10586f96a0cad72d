/*
 * How long turns of the loop take.  See turn.h.
 */
#include <execinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "common/log.h"
#include "daemon/os/turn.h"

#ifdef CCPROC_DEBUG

#define LONG_US 5000
#define FRAMES_MAX 64

static timer_t limit;
static long long began_us; /* 0: nobody watches */

static long long
cpu_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * 1000000LL + ts.tv_nsec / 1000;
}

static void
set_limit(long ms)
{
	struct itimerspec at = { .it_value = { .tv_sec = ms / 1000,
				     .tv_nsec = ms % 1000 * 1000000 } };

	timer_settime(limit, 0, &at, NULL);
}

/* The stack tells who it was; addr2line(1) makes lines of it. */
static void
on_limit(int signo)
{
	void *frames[FRAMES_MAX];

	(void)signo;
	log_warnx("a turn of the loop has used %d ms of processor time, the "
		  "most a build for tests allows; it was at:",
	    TURN_MAX_MS);
	backtrace_symbols_fd(frames, backtrace(frames, FRAMES_MAX),
	    STDERR_FILENO);
	abort();
}

void
turn_watch(void)
{
	struct sigaction action = { .sa_handler = on_limit };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGPROF };
	void *frame;

	(void)backtrace(&frame, 1); /* loads what it needs */
	if (sigaction(SIGPROF, &action, NULL) != 0 ||
	    timer_create(CLOCK_THREAD_CPUTIME_ID, &event, &limit) != 0)
		fatal("cannot watch the turns of the loop");
	began_us = cpu_us();
}

void
turn_takes(size_t ms)
{
	if (began_us != 0)
		set_limit(TURN_MAX_MS + (long)ms);
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
		set_limit(TURN_MAX_MS);
		began_us = cpu_us();
	}
	return n;
}

#endif
