/*
 * How many may connect, of whom it is not known that they are outside of all
 * tasks.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/limits.h"
#include "daemon/client.h"
#include "daemon/task/peer.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static struct peer
peer_of(enum where where, uint64_t inside)
{
	return (struct peer){ .pid = getpid(),
		.pidfd = -1,
		.where = where,
		.inside = inside };
}

/* Connects as many as there is room for. */
static void
fill(enum where where, uint64_t inside)
{
	struct peer peer = peer_of(where, inside);
	int i, fds[2];

	for (i = 0; i < CLIENTS_MAX_OF_TASK; i++) {
		ck_assert(client_has_room(&peer));
		ck_assert_int_eq(socketpair(AF_UNIX,
				     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
				     0, fds),
		    0);
		close(fds[1]);
		client_new(fds[0], &peer);
	}
	ck_assert(!client_has_room(&peer));
}

static bool
has_room(enum where where, uint64_t inside)
{
	struct peer peer = peer_of(where, inside);

	return client_has_room(&peer);
}

static void
teardown(void)
{
	client_close_all();
	taskbox_close();
}

/* A person, of whom it cannot be told just now, is not kept out by them. */
START_TEST(who_hides_takes_no_place_of_others)
{
	fill(WHERE_UNKNOWN, 0);
	ck_assert(has_room(WHERE_UNSURE, 0));
	ck_assert(has_room(WHERE_INSIDE, 0));
	ck_assert(has_room(WHERE_INSIDE, 1));
	fill(WHERE_INSIDE, 0);
	ck_assert(has_room(WHERE_UNSURE, 0));
	ck_assert(has_room(WHERE_OUTSIDE, 0));
}
END_TEST

START_TEST(all_tasks_have_a_limit_together)
{
	uint64_t i;

	for (i = 1; i <= CLIENTS_MAX_INSIDE / CLIENTS_MAX_OF_TASK; i++)
		fill(WHERE_INSIDE, i);
	ck_assert(!has_room(WHERE_INSIDE, i));
	ck_assert(!has_room(WHERE_UNSURE, 0));
	ck_assert(has_room(WHERE_OUTSIDE, 0));
}
END_TEST

UNIT_SUITE
{
	unit_suite("client", taskbox_open, teardown,
	    who_hides_takes_no_place_of_others, all_tasks_have_a_limit_together,
	    NULL);
}
