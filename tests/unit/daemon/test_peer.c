/*
 * Who has connected: a process that can be looked at, or nobody.
 */
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/sock.h"
#include "daemon/peer.h"
#include "daemon/store/store.h"
#include "tests/unit/unit.h"

static struct error err;
static int listener, theirs, ours;

static void
setup(void)
{
	ck_assert_int_eq(store_open(unit_path("state"), &err), 0);
	listener = sock_listen(unit_path("sock"), &err);
	ck_assert_int_ne(listener, -1);
	theirs = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ne(theirs, -1);
}

static void
teardown(void)
{
	close(listener);
	close(theirs);
	close(ours);
	store_close();
	unit_cleanup();
}

static void
connect_theirs(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	strncpy(sun.sun_path, unit_path("sock"), sizeof(sun.sun_path) - 1);
	if (connect(theirs, (struct sockaddr *)&sun, sizeof(sun)) != 0)
		_exit(1);
}

/*
 * A child that connects the socket, which its parent shares; it ends at once,
 * or stays until it is killed.
 */
static pid_t
child(bool stays)
{
	pid_t pid = fork();

	if (pid == 0) {
		connect_theirs();
		if (stays)
			pause();
		_exit(0);
	}
	return pid;
}

static void
take(struct peer *peer)
{
	struct pollfd pfd = { .fd = listener, .events = POLLIN };

	ck_assert_int_eq(poll(&pfd, 1, 10000), 1);
	ours = accept(listener, NULL, NULL);
	ck_assert_int_ne(ours, -1);
	ck_assert_int_eq(peer_take(peer, ours, &err), 0);
}

START_TEST(a_process_that_lives)
{
	struct session session = { .pid = 7 };
	struct peer peer;

	connect_theirs();
	take(&peer);
	peer_tell(&peer, ours, &session);
	peer_clear(&peer);
	ck_assert_int_eq(session.where, WHERE_OUTSIDE);
	ck_assert_int_eq(session.pid, getpid());
}
END_TEST

START_TEST(one_that_ends_before_it_is_accepted)
{
	struct session session = { .pid = getpid() };
	struct peer peer;
	int status;

	ck_assert_int_ne(waitpid(child(false), &status, 0), -1);
	ck_assert_int_eq(status, 0);
	take(&peer);
	peer_tell(&peer, ours, &session);
	peer_clear(&peer);
	ck_assert_int_eq(session.where, WHERE_UNKNOWN);
}
END_TEST

START_TEST(one_that_ends_before_hello)
{
	struct session session = { .pid = getpid() };
	struct peer peer;
	pid_t pid = child(true);

	take(&peer);
	ck_assert_int_eq(peer.where, WHERE_OUTSIDE);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	peer_tell(&peer, ours, &session);
	peer_clear(&peer);
	ck_assert_int_eq(session.where, WHERE_UNKNOWN);
}
END_TEST

UNIT_SUITE
{
	unit_suite("peer", setup, teardown, a_process_that_lives,
	    one_that_ends_before_it_is_accepted, one_that_ends_before_hello,
	    NULL);
}
