/*
 * sendstop PID MODE REASON GRACE: tells a keeper to stop, as the daemon does.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/keeperctl.h"

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int
main(int argc, char *argv[])
{
	enum keeper_mode mode;
	enum stop_reason reason;
	siginfo_t info;
	int pidfd;

	if (argc != 5) {
		fputs("usage: sendstop pid mode reason grace\n", stderr);
		return 2;
	}
	memset(&info, 0, sizeof(info));
	info.si_signo = KEEPER_SIGNAL;
	info.si_code = SI_QUEUE;
	info.si_pid = getpid();
	info.si_uid = getuid();
	mode = (enum keeper_mode)atoi(argv[2]);
	reason = (enum stop_reason)(STOP_USER + atoi(argv[3]));
	info.si_value.sival_int = keeperctl_value(mode, reason,
	    (unsigned)atoi(argv[4]));
	pidfd = (int)syscall(SYS_pidfd_open, atoi(argv[1]), 0);
	if (pidfd < 0 ||
	    syscall(SYS_pidfd_send_signal, pidfd, KEEPER_SIGNAL, &info, 0) !=
		0) {
		perror("sendstop");
		return 1;
	}
	return 0;
}
