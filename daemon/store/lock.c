/*
 * The store: the lock that one daemon of a state directory holds, and taking
 * it from another daemon.  See lock.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/error.h"
#include "common/holder.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/store/files.h"
#include "daemon/store/lock.h"
#include "daemon/store/number.h"
#include "daemon/store/version.h"

/* How long a daemon that was asked to end may take. */
#define HANDOVER_MS 10000

static int lockfd = -1;

void
store_unlock(void)
{
	if (lockfd != -1)
		close(lockfd);
	lockfd = -1;
}

bool
store_locked(void)
{
	return store_has("lock", lockfd);
}

static void
note_socket(const char *socket_path)
{
	char *line = xasprintf("%s\n", socket_path);

	if (ftruncate(lockfd, 0) == -1 ||
	    pwrite(lockfd, line, strlen(line), 0) == -1)
		log_warn("cannot note the socket in %s/lock", store_root());
	free(line);
}

int
store_lock(const char *socket_path, pid_t *holder, struct error *err)
{
	lockfd = openat(store_rootfd(), "lock",
	    O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lockfd == -1) {
		fail_errno(err, "cannot open %s/lock", store_root());
		return -1;
	}
	if (store_lock_file(lockfd, holder) != 0) {
		if (errno == EAGAIN && *holder > 0)
			fail(err, ERR_BUSY,
			    "another daemon (pid %d) serves "
			    "%s; end it first, or use its socket",
			    (int)*holder, store_root());
		else if (errno == EAGAIN)
			fail(err, ERR_BUSY,
			    "a daemon on another machine or in another pid "
			    "namespace serves %s; end it first, or set "
			    "CCPROC_STATE_DIR to another directory",
			    store_root());
		else
			fail_errno(err,
			    "cannot lock %s/lock; the state directory must be "
			    "on a file system with POSIX locks",
			    store_root());
		store_unlock();
		return -1;
	}
	STEP("begin-locked");
	/* the last holder may have written since we read it */
	if (store_check_version(err) != 0 || store_read_seq(err) != 0) {
		store_unlock();
		return -1;
	}
	store_note_version();
	note_socket(socket_path);
	return 0;
}

int
store_end_holder(pid_t holder, struct error *err)
{
	int result,
	    fd = openat(store_rootfd(), "lock",
		O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd == -1)
		return 0; /* there is nothing to hold */
	result = holder_end(fd, holder, HANDOVER_MS, err);
	close(fd);
	return result;
}
