/*
 * The store: the claim on a task.  See claim.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/exitrec.h"
#include "daemon/store/claim.h"
#include "daemon/store/files.h"

pid_t
store_claim_holder(int dirfd, struct error *err)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	int fd = openat(dirfd, CLAIM_FILE,
	    O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1) {
		if (errno == ENOENT)
			return 0;
		fail_errno(err, "cannot open the claim");
		return -1;
	}
	if (fcntl(fd, F_GETLK, &lock) == -1) {
		fail_errno(err, "cannot ask for the lock on the claim");
		close(fd);
		return -1;
	}
	close(fd);
	if (lock.l_type == F_UNLCK)
		return 0;
	if (lock.l_pid <= 0) { /* no pid that we could see */
		fail(err, ERR_BUSY,
		    "held by a process outside of this pid "
		    "namespace or machine");
		return -1;
	}
	return lock.l_pid;
}

/* A keeper may have finished between our open and our lock. */
static bool
has_ended(int dirfd, int fd)
{
	struct stat st;

	return fstat(fd, &st) == -1 || st.st_nlink == 0 ||
	    faccessat(dirfd, "exit.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

int
store_claim(int dirfd, struct error *err)
{
	pid_t holder;
	int fd = openat(dirfd, CLAIM_FILE, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1) {
		fail_errno(err, "cannot open the claim");
		return -1;
	}
	if (store_lock_file(fd, &holder) != 0) {
		if (errno == EAGAIN)
			fail(err, ERR_BUSY, "a keeper (pid %d) holds it",
			    (int)holder);
		else
			fail_errno(err, "cannot lock the claim");
		close(fd);
		return -1;
	}
	if (has_ended(dirfd, fd)) {
		fail(err, ERR_BUSY, "it has ended meanwhile");
		close(fd);
		return -1;
	}
	return fd;
}
