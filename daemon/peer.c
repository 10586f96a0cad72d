/*
 * Who has connected.  See peer.h.
 *
 * A process that has ended has no ancestors, and one that has its number now
 * is a stranger: so it is held by a pidfd while its ancestors are read, and
 * counts only if it was not reaped by then.  Before Linux 6.5 the pidfd is of
 * whoever has the number when the connection is accepted.
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
#include "daemon/peer.h"
#include "daemon/task/lineage.h"

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
static enum session_where
look(const struct peer *peer, uint64_t *inside)
{
	enum session_where where;

	*inside = 0;
	if (peer->pid <= 0 || peer->pidfd == -1)
		return WHERE_UNKNOWN;
	where = lineage_where(peer->pid, inside);
	return pidfd_signal(peer->pidfd, 0) == 0 ? where : WHERE_UNKNOWN;
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
 * has the other end of the connection now may show that it is inside of a
 * task, and no more: others may have it too.
 */
static void
look_at_holder(int fd, struct session *session)
{
	uint64_t inside;
	uint32_t inode;

	if (lineage_where(session->pid, &inside) != WHERE_INSIDE ||
	    inside == 0 || (inode = other_end(fd)) == 0 ||
	    !holds(session->pid, inode))
		return;
	session->where = WHERE_INSIDE;
	session->inside = inside;
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

/* What was found inside stays there; else both looks must find the same. */
void
peer_tell(const struct peer *peer, int fd, struct session *session)
{
	session->where = look(peer, &session->inside);
	if (session->inside == 0 && peer->inside != 0) {
		session->where = WHERE_INSIDE;
		session->inside = peer->inside;
	} else if (peer->where == WHERE_UNKNOWN &&
	    session->where == WHERE_OUTSIDE)
		session->where = WHERE_UNKNOWN;
	if (session->where == WHERE_UNKNOWN)
		look_at_holder(fd, session);
	else
		session->pid = peer->pid;
}

void
peer_clear(struct peer *peer)
{
	if (peer->pidfd != -1)
		close(peer->pidfd);
	peer->pidfd = -1;
}
