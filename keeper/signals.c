/*
 * Waiting for signals.  See signals.h.
 *
 * By the system call itself: sigtimedwait(3) of musl begins again, with the
 * whole time, each time that the process was stopped or frozen, so that a
 * timeout may never come.
 */
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "keeper/signals.h"

/* On machines of 32 bits the one that takes seconds of 64. */
#ifdef SYS_rt_sigtimedwait_time64
#define WAIT SYS_rt_sigtimedwait_time64
#else
#define WAIT SYS_rt_sigtimedwait
#endif

int
signals_wait(const sigset_t *set, siginfo_t *info, int64_t ms)
{
	/* the kernel's timespec; C libraries differ in theirs */
	const int64_t ts[2] = { ms / 1000, ms % 1000 * 1000000 };

	/* its sets have a bit for each signal; NSIG may be one more */
	return (int)syscall(WAIT, set, info, ms < 0 ? NULL : ts, NSIG / 8);
}
