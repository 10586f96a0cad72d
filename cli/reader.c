/*
 * Who reads what we print.  See reader.h.
 */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/reader.h"
#include "common/error.h"

struct pollfd
reader_poll(void)
{
	struct pollfd pfd = { .fd = -1 };
	struct stat st;

	/* a terminal that goes away sends SIGHUP; what else goes is no news */
	if (fstat(STDOUT_FILENO, &st) == 0 &&
	    (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
		pfd.fd = STDOUT_FILENO;
	return pfd;
}

bool
reader_is_gone(const struct pollfd *pfd)
{
	return (pfd->revents & (POLLERR | POLLHUP)) != 0;
}

int
reader_miss(struct error *err)
{
	raise(SIGPIPE);
	errno = EPIPE;
	fail_errno(err, "cannot write to stdout");
	return -1;
}
