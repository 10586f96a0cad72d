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
#include "daemon/session.h"
#include "daemon/store/store.h"
#include "daemon/task/peer.h"
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
	ck_assert_int_eq(peer.pidfd, -1); /* it is settled */
	ck_assert_int_eq(peer_where(&session), WHERE_OUTSIDE);
	ck_assert_int_eq(session.pid, getpid());
}
END_TEST

/* What is found of one that has ended, where hello says that pid. */
static enum where
found(struct peer *peer, pid_t pid)
{
	struct session session = { .pid = pid };

	peer_tell(peer, ours, &session);
	ck_assert_int_eq(peer->pidfd, -1);
	ck_assert_int_eq(session.pid, pid);
	return peer_where(&session);
}

START_TEST(one_that_ends_before_it_is_accepted)
{
	struct peer peer;
	int status;

	ck_assert_int_ne(waitpid(child(false), &status, 0), -1);
	ck_assert_int_eq(status, 0);
	take(&peer);
	ck_assert_int_eq(found(&peer, getppid()), WHERE_UNKNOWN);
}
END_TEST

START_TEST(one_that_ends_before_hello)
{
	struct peer peer;
	pid_t pid = child(true);

	take(&peer);
	ck_assert_int_eq(peer.where, WHERE_OUTSIDE);
	kill(pid, SIGKILL);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_int_eq(found(&peer, getppid()), WHERE_UNKNOWN);
}
END_TEST

/* As bridges of before do; whoever has it now, others may have it, too. */
START_TEST(one_that_ends_and_leaves_the_connection_to_another)
{
	struct peer peer;

	ck_assert_int_ne(waitpid(child(false), NULL, 0), -1);
	take(&peer);
	ck_assert_int_eq(found(&peer, getpid()), WHERE_UNSURE);
}
END_TEST

UNIT_SUITE
{
	unit_suite("peer", setup, teardown, a_process_that_lives,
	    one_that_ends_before_it_is_accepted, one_that_ends_before_hello,
	    one_that_ends_and_leaves_the_connection_to_another, NULL);
}
