/*
 * Closing what we inherited.  See fds.h.
 */
#include <fcntl.h>
#include <limits.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "keeper/fds.h"
#include "keeper/numbers.h"

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

/* For kernels without close_range(2), and where a filter forbids it. */
static void
close_listed(unsigned first, unsigned last)
{
	struct numbers open_fds;
	int fd;

	if (!numbers_open(&open_fds, "/proc/self/fd"))
		return;
	while ((fd = numbers_next(&open_fds)) >= 0)
		if ((unsigned)fd >= first && (unsigned)fd <= last &&
		    fd != open_fds.fd)
			close(fd);
	numbers_close(&open_fds);
}

static void
close_between(unsigned first, unsigned last)
{
	if (first <= last && syscall(SYS_close_range, first, last, 0) != 0)
		close_listed(first, last);
}

void
fds_isolate(int keep)
{
	int fd;

	do
		fd = openat(AT_FDCWD, "/dev/null", O_RDWR);
	while (fd >= 0 && fd < 3);
	if (keep < 3) {
		close_between(3, UINT_MAX);
		return;
	}
	close_between(3, (unsigned)keep - 1);
	close_between((unsigned)keep + 1, UINT_MAX);
	fcntl(keep, F_SETFD, FD_CLOEXEC);
}
