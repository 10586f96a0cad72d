/*
 * The store: a secret of this state directory, by which a later daemon knows
 * what an earlier one has signed.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "daemon/tasks/store.h"
#include "daemon/tasks/store_files.h"

/* Only whole, and only if nobody else could have read or written it. */
static bool
read_secret(unsigned char *bytes, size_t n)
{
	int fd = openat(store_rootfd(), "key",
	    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct stat st;
	bool good;

	if (fd == -1)
		return false;
	good = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) == 0 && st.st_uid == geteuid() &&
	    st.st_size == (off_t)n && read(fd, bytes, n) == (ssize_t)n;
	close(fd);
	return good;
}

int
store_secret(unsigned char *bytes, size_t n, struct error *err)
{
	ssize_t got;

	if (read_secret(bytes, n))
		return 0;
	do
		got = getrandom(bytes, n, 0);
	while (got == -1 && errno == EINTR);
	if (got != (ssize_t)n) {
		fail_errno(err, "cannot get random bytes");
		return -1;
	}
	return store_replace_file(store_rootfd(), "key", bytes, n, err);
}
