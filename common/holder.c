/*
 * Holders of locks.  See holder.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/error.h"
#include "common/holder.h"
#include "common/monotime.h"

pid_t
holder_of(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	if (fcntl(fd, F_GETLK, &lock) == -1 || lock.l_type == F_UNLCK)
		return 0;
	return lock.l_pid > 0 ? lock.l_pid : -1;
}

static int
wait_gone(int pidfd, int wait_ms)
{
	struct pollfd pfd = { .fd = pidfd, .events = POLLIN };
	int64_t left, deadline = monotime_ms() + wait_ms;
	int ready;

	do {
		left = deadline - monotime_ms();
		ready = poll(&pfd, 1, left > 0 ? (int)left : 0);
	} while (ready == -1 && errno == EINTR);
	return ready;
}

/* The pidfd is the holder's only if it holds the lock after the open. */
int
holder_end(int fd, pid_t holder, int wait_ms, struct error *err)
{
	int ready, pidfd = (int)syscall(SYS_pidfd_open, holder, 0);

	if (pidfd == -1 && errno != ESRCH) {
		fail_errno(err, "cannot open a pidfd of process %d",
		    (int)holder);
		return -1;
	}
	if (pidfd == -1 || holder_of(fd) != holder) {
		if (pidfd != -1)
			close(pidfd);
		return 0; /* gone by itself */
	}
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGTERM, NULL, 0) == -1 &&
	    errno != ESRCH) {
		fail_errno(err, "cannot end the daemon with pid %d",
		    (int)holder);
		close(pidfd);
		return -1;
	}
	ready = wait_gone(pidfd, wait_ms);
	close(pidfd);
	if (ready == 1)
		return 0;
	fail(err, ERR_BUSY,
	    "the daemon with pid %d was asked to end and has not in %d s; end "
	    "it with SIGKILL, its tasks go on",
	    (int)holder, wait_ms / 1000);
	return -1;
}
