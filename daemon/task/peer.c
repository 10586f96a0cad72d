/*
 * Who has connected.  See peer.h.
 *
 * A process that has ended has no ancestors, and one that has its number now
 * is a stranger: so it is held by a pidfd while its ancestors are read, and
 * counts only if it was not reaped by then.  Before Linux 6.5 the pidfd is of
 * whoever has the number when the connection is accepted.
 *
 * A look that cannot decide is not the last one: while a killed keeper's
 * processes are being ended, anybody may be one of them.  The pidfd stays until
 * it is known, so that it is the same process that is looked at again.
 */
#include <dirent.h>
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/pidfd.h"
#include "common/sock.h"
#include "daemon/session.h"
#include "daemon/task/peer.h"

/* C libraries know it only since 2.39. */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static int
open_pidfd(int fd, pid_t pid)
{
	socklen_t len = sizeof(int);
	int pidfd;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &len) == 0)
		return pidfd;
	return errno == ENOPROTOOPT ? pidfd_of(pid) : -1;
}

/* A process of another pid namespace has no number here. */
static enum where
look(const struct peer *peer, uint64_t *inside)
{
	enum where where;

	*inside = 0;
	if (peer->pid <= 0 || peer->pidfd == -1)
		return WHERE_UNKNOWN;
	where = whereabouts(peer->pid, inside);
	return pidfd_signal(peer->pidfd, 0) == 0 ? where : WHERE_UNKNOWN;
}

/*
 * What was found inside stays there, and what was nobody gets no right by a
 * later look.
 */
static void
look_again(struct peer *peer)
{
	uint64_t inside;
	enum where where = look(peer, &inside);

	if (peer->where == WHERE_INSIDE && (peer->inside != 0 || inside == 0))
		return;
	if (peer->where == WHERE_UNKNOWN && where != WHERE_INSIDE)
		return;
	peer->where = where;
	peer->inside = inside;
}

/* No later look can find more. */
static bool
is_settled(const struct peer *peer)
{
	return peer->where != WHERE_UNSURE || peer->pidfd == -1;
}

static void
let_go(struct peer *peer)
{
	if (peer->pidfd != -1)
		close(peer->pidfd);
	peer->pidfd = -1;
}

/* The inode of the socket at the other end; 0: unknown. */
static uint32_t
other_end(int fd)
{
	struct {
		struct nlmsghdr head;
		struct unix_diag_req req;
	} ask = { .head = { .nlmsg_len = sizeof(ask),
		      .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		      .nlmsg_flags = NLM_F_REQUEST },
		.req = { .sdiag_family = AF_UNIX,
		    .udiag_states = ~0U,
		    .udiag_show = UDIAG_SHOW_PEER,
		    .udiag_cookie = { ~0U, ~0U } } };
	struct {
		struct nlmsghdr head;
		struct unix_diag_msg msg;
		char attributes[1024];
	} told;
	int diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
	    NETLINK_SOCK_DIAG);
	struct rtattr *at;
	uint32_t inode = 0;
	struct stat st;
	ssize_t n = -1;
	int left;

	if (diag == -1)
		return 0;
	if (fstat(fd, &st) == 0) {
		ask.req.udiag_ino = (uint32_t)st.st_ino;
		n = send(diag, &ask, sizeof(ask), 0);
	}
	if (n > 0)
		n = recv(diag, &told, sizeof(told), 0);
	close(diag);
	if (n < (ssize_t)NLMSG_SPACE(sizeof(told.msg)) ||
	    told.head.nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return 0;
	left = (int)n - (int)NLMSG_SPACE(sizeof(told.msg));
	for (at = (struct rtattr *)told.attributes; RTA_OK(at, left);
	     at = RTA_NEXT(at, left))
		if (at->rta_type == UNIX_DIAG_PEER &&
		    RTA_PAYLOAD(at) == sizeof(inode))
			memcpy(&inode, RTA_DATA(at), sizeof(inode));
	return inode;
}

/* Whether process pid has the socket with that inode open. */
static bool
holds(pid_t pid, uint32_t inode)
{
	char folder[32], path[300], seen[64], wanted[64];
	const struct dirent *entry;
	bool found = false;
	ssize_t n;
	DIR *dir;

	snprintf(folder, sizeof(folder), "/proc/%d/fd", (int)pid);
	snprintf(wanted, sizeof(wanted), "socket:[%u]", inode);
	dir = opendir(folder);
	while (dir != NULL && !found && (entry = readdir(dir)) != NULL) {
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		n = readlink(path, seen, sizeof(seen) - 1);
		seen[n > 0 ? n : 0] = '\0';
		found = strcmp(seen, wanted) == 0;
	}
	if (dir != NULL)
		closedir(dir);
	return found;
}

/*
 * Bridges of before have another process connect, which has ended.  One that
 * has the other end of the connection now shows where it is, and no more:
 * others may have it too, who are inside of a task.
 */
static void
look_at_holder(struct peer *peer, int fd, pid_t pid)
{
	uint64_t inside;
	uint32_t inode;
	enum where where = whereabouts(pid, &inside);

	if (where == WHERE_UNKNOWN || (inode = other_end(fd)) == 0 ||
	    !holds(pid, inode))
		return;
	peer->where = inside != 0 ? WHERE_INSIDE : WHERE_UNSURE;
	peer->inside = inside;
}

int
peer_take(struct peer *peer, int fd, struct error *err)
{
	uid_t uid;

	peer->pidfd = -1;
	if (sock_peer(fd, &uid, &peer->pid, err) != 0)
		return -1;
	if (peer->pid > 0)
		peer->pidfd = open_pidfd(fd, peer->pid);
	if (peer->pid > 0 && peer->pidfd == -1 &&
	    (errno == EMFILE || errno == ENFILE || errno == ENOMEM)) {
		fail_errno(err, "cannot look at process %d", (int)peer->pid);
		return -1;
	}
	peer->where = look(peer, &peer->inside);
	return 0;
}

void
peer_tell(struct peer *peer, int fd, struct session *session)
{
	look_again(peer);
	if (peer->where == WHERE_UNKNOWN) {
		let_go(peer);
		look_at_holder(peer, fd, session->pid);
	} else
		session->pid = peer->pid;
	if (is_settled(peer))
		let_go(peer);
	session->peer = peer;
}

enum where
peer_where(const struct session *session)
{
	struct peer *peer = session->peer;

	if (peer == NULL)
		return WHERE_UNKNOWN;
	if (!is_settled(peer)) {
		look_again(peer);
		if (is_settled(peer))
			let_go(peer);
	}
	return peer->where;
}

uint64_t
peer_inside(const struct session *session)
{
	return peer_where(session) == WHERE_INSIDE ? session->peer->inside : 0;
}

bool
peer_is_known(const struct session *session)
{
	enum where where = peer_where(session);

	return where == WHERE_INSIDE || where == WHERE_OUTSIDE;
}

bool
peer_hides(const struct session *session)
{
	return peer_where(session) == WHERE_UNKNOWN && session->peer != NULL &&
	    session->peer->pid > 0;
}

void
peer_clear(struct peer *peer)
{
	let_go(peer);
}
