/*
 * Pidfds: a process by a descriptor, so that a signal never goes to whoever
 * has its number next.  Older C libraries have neither calls nor numbers.
 */
#ifndef COMMON_PIDFD_H
#define COMMON_PIDFD_H

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* Returns a descriptor of whatever has this pid now, or -1 with errno. */
static inline int
pidfd_of(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

/* As kill(2). */
static inline int
pidfd_signal(int pidfd, int sig)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, sig, NULL, 0);
}

/* As sigqueue(3), to a process that hears it also when it was stopped. */
static inline int
pidfd_queue(int pidfd, int sig, int value)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = sig;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	info.si_value.sival_int = value;
	if (syscall(SYS_pidfd_send_signal, pidfd, sig, &info, 0) == -1)
		return -1;
	return pidfd_signal(pidfd, SIGCONT) == 0 || errno == ESRCH ? 0 : -1;
}

#endif
