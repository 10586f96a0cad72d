/*
 * Unix stream sockets by path.  See sock.h.
 */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/pidfd.h"
#include "common/sock.h"

static int
address(const char *path, struct sockaddr_un *sun, struct error *err)
{
	size_t len = strlen(path);

	_Static_assert(sizeof(sun->sun_path) == SOCKET_PATH_SIZE,
	    "unix(7) and limits.h agree");
	memset(sun, 0, sizeof(*sun));
	sun->sun_family = AF_UNIX;
	if (len == 0 || len >= sizeof(sun->sun_path)) {
		fail(err, ERR_INVALID,
		    "socket path '%s' has %zu bytes, "
		    "expected 1 to %zu; set CCPROC_SOCKET to a shorter one",
		    path, len, sizeof(sun->sun_path) - 1);
		return -1;
	}
	memcpy(sun->sun_path, path, len + 1);
	return 0;
}

static int
new_socket(int flags, struct error *err)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0);

	if (fd == -1)
		fail_errno(err, "cannot make a socket");
	return fd;
}

/* connect(2); a signal in the middle leaves a unix socket as it was. */
static int
connect_retry(int fd, const struct sockaddr_un *sun)
{
	int rc;

	do {
		rc = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	} while (rc == -1 && errno == EINTR);
	return rc;
}

int
sock_connect(const char *path, struct error *err)
{
	struct sockaddr_un sun;
	int fd;

	if (address(path, &sun, err) != 0 || (fd = new_socket(0, err)) == -1)
		return -1;
	if (connect_retry(fd, &sun) != 0) {
		fail_errno(err, "cannot connect to %s", path);
		close(fd);
		return -1;
	}
	return fd;
}

/* It never waits: where too many wait already, somebody listens. */
/*
 * Whether who has made the socket still lives.  A process that has ended is
 * answered for as long as one that it has just started holds what it will close
 * when it becomes another program.
 */
static bool
maker_lives(int fd)
{
	struct pollfd pfd = { .events = POLLIN };
	struct error ignored;
	bool lives;
	uid_t uid;
	pid_t pid;

	/* 0: in another pid namespace */
	if (sock_peer(fd, &uid, &pid, &ignored) != 0 || pid <= 0)
		return true;
	pfd.fd = pidfd_of(pid);
	if (pfd.fd == -1)
		return errno != ESRCH;
	lives = poll(&pfd, 1, 0) != 1;
	close(pfd.fd);
	return lives;
}

bool
sock_answers(const char *path)
{
	struct sockaddr_un sun;
	struct error ignored;
	bool answers;
	int fd;

	if (address(path, &sun, &ignored) != 0 ||
	    (fd = new_socket(SOCK_NONBLOCK, &ignored)) == -1)
		return false;
	answers = connect_retry(fd, &sun) == 0 ? maker_lives(fd) :
						 errno == EAGAIN;
	close(fd);
	return answers;
}

/* Only a socket of ours may go: a wrong path must not cost a file. */
static int
remove_old(const char *path, struct error *err)
{
	struct stat st;

	if (lstat(path, &st) != 0) {
		if (errno == ENOENT)
			return 0;
		fail_errno(err, "cannot look at %s", path);
		return -1;
	}
	if (!S_ISSOCK(st.st_mode) || st.st_uid != geteuid()) {
		fail(err, ERR_INVALID,
		    "%s is there and is no socket of ours; "
		    "remove it or set CCPROC_SOCKET to another path",
		    path);
		return -1;
	}
	if (unlink(path) != 0 && errno != ENOENT) {
		fail_errno(err, "cannot remove the old socket %s", path);
		return -1;
	}
	return 0;
}

int
sock_listen(const char *path, struct error *err)
{
	struct sockaddr_un sun;
	mode_t mask;
	int fd, rc;

	if (address(path, &sun, err) != 0 || remove_old(path, err) != 0 ||
	    (fd = new_socket(SOCK_NONBLOCK, err)) == -1)
		return -1;
	/* the umask, for there is no moment between bind and chmod */
	mask = umask(0177);
	rc = bind(fd, (const struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (rc != 0 || listen(fd, SOMAXCONN) != 0) {
		fail_errno(err, "cannot listen at %s", path);
		close(fd);
		return -1;
	}
	return fd;
}

int
sock_peer(int fd, uid_t *uid, pid_t *pid, struct error *err)
{
	struct ucred cred;
	socklen_t len = sizeof(cred);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) != 0) {
		fail_errno(err, "cannot tell who is at the other end");
		return -1;
	}
	*uid = cred.uid;
	*pid = cred.pid;
	return 0;
}
