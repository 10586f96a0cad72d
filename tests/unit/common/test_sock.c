/*
 * Tests of common/sock.c over real sockets in a folder of their own.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <check.h>

#undef fail /* libcheck's, deprecated: it hides the one of error.h */

#include "common/error.h"
#include "common/sock.h"
#include "tests/unit/unit.h"

static char dir[64], path[96];
static struct error err;

static void
setup(void)
{
	strcpy(dir, "/tmp/test_sock.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/sock", dir);
}

static void
teardown(void)
{
	unlink(path);
	rmdir(dir);
}

static int
listening(void)
{
	int fd = sock_listen(path, &err);

	ck_assert_msg(fd != -1, "%s", err.text);
	return fd;
}

START_TEST(talks)
{
	int server = listening(), client, accepted;
	char buf[8];

	client = sock_connect(path, &err);
	ck_assert_msg(client != -1, "%s", err.text);
	accepted = accept(server, NULL, NULL);
	ck_assert_int_ne(accepted, -1);
	ck_assert_int_eq(write(client, "hello", 5), 5);
	ck_assert_int_eq(read(accepted, buf, sizeof(buf)), 5);
	ck_assert_mem_eq(buf, "hello", 5);
	close(accepted);
	close(client);
	close(server);
}
END_TEST

START_TEST(flags)
{
	int server = listening(), client = sock_connect(path, &err);
	struct stat st;

	ck_assert_int_eq(fcntl(server, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(client, F_GETFD), FD_CLOEXEC);
	ck_assert(fcntl(server, F_GETFL) & O_NONBLOCK);
	ck_assert(!(fcntl(client, F_GETFL) & O_NONBLOCK));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 07777, 0600);
	close(client);
	close(server);
}
END_TEST

START_TEST(umask_stays)
{
	umask(027);
	close(listening());
	ck_assert_int_eq(umask(0), 027);
}
END_TEST

START_TEST(knows_the_peer)
{
	int server = listening(), client = sock_connect(path, &err);
	uid_t uid;
	pid_t pid;

	ck_assert_int_eq(sock_peer(client, &uid, &pid, &err), 0);
	ck_assert_int_eq(uid, geteuid());
	ck_assert_int_eq(pid, getpid());
	close(client);
	close(server);
	ck_assert_int_eq(sock_peer(client, &uid, &pid, &err), -1);
	ck_assert_int_eq(err.errnum, EBADF);
}
END_TEST

START_TEST(connecting_fails)
{
	ck_assert_int_eq(sock_connect(path, &err), -1);
	ck_assert_int_eq(err.errnum, ENOENT);
	close(listening());
	ck_assert_int_eq(sock_connect(path, &err), -1);
	ck_assert_int_eq(err.errnum, ECONNREFUSED);
	ck_assert_ptr_nonnull(strstr(err.text, path));
}
END_TEST

START_TEST(replaces_an_old_socket)
{
	int server, client;

	close(listening());
	server = listening();
	client = sock_connect(path, &err);
	ck_assert_int_ne(client, -1);
	close(client);
	close(server);
}
END_TEST

START_TEST(keeps_what_is_no_socket)
{
	struct stat st;

	close(open(path, O_WRONLY | O_CREAT, 0600));
	ck_assert_int_eq(sock_listen(path, &err), -1);
	ck_assert_int_eq(err.code, ERR_INVALID);
	ck_assert_int_eq(lstat(path, &st), 0);
	unlink(path);
	ck_assert_int_eq(symlink("/nowhere", path), 0);
	ck_assert_int_eq(sock_listen(path, &err), -1);
	ck_assert_int_eq(lstat(path, &st), 0);
	ck_assert(S_ISLNK(st.st_mode));
}
END_TEST

START_TEST(path_lengths)
{
	char name[128];
	int fd, n = snprintf(name, sizeof(name), "%s/", dir);

	memset(name + n, 'a', sizeof(name) - (size_t)n);
	name[108] = '\0';
	ck_assert_int_eq(sock_listen(name, &err), -1);
	ck_assert_ptr_nonnull(strstr(err.text, "108 bytes, expected 1 to 107"));
	ck_assert_int_eq(sock_connect(name, &err), -1);
	ck_assert_int_eq(err.code, ERR_INVALID);
	name[107] = '\0';
	fd = sock_listen(name, &err);
	ck_assert_msg(fd != -1, "%s", err.text);
	close(fd);
	unlink(name);
	ck_assert_int_eq(sock_connect("", &err), -1);
}
END_TEST

/* Its child has the socket until it becomes another program. */
START_TEST(who_has_ended_does_not_answer)
{
	int ready[2], hold[2], fd;
	char c;

	ck_assert_int_eq(pipe(ready), 0);
	ck_assert_int_eq(pipe(hold), 0);
	if (fork() == 0) {
		fd = listening();
		if (fork() != 0)
			_exit(0);
		close(hold[1]);
		if (write(ready[1], "x", 1) == 1 && read(hold[0], &c, 1) == 0)
			_exit(0);
		_exit(1);
	}
	ck_assert_int_eq(read(ready[0], &c, 1), 1);
	ck_assert_int_ne(wait(NULL), -1);
	fd = sock_connect(path, &err);
	ck_assert_int_ne(fd, -1);
	ck_assert(!sock_answers(path));
	close(fd);
	close(hold[1]);
	fd = listening();
	ck_assert(sock_answers(path));
	close(fd);
	ck_assert(!sock_answers(path));
}
END_TEST

START_TEST(no_such_folder)
{
	ck_assert_int_eq(sock_listen("/nowhere/at/all", &err), -1);
	ck_assert_int_eq(err.errnum, ENOENT);
}
END_TEST

UNIT_SUITE
{
	unit_suite("sock", setup, teardown, talks, flags, umask_stays,
	    knows_the_peer, connecting_fails, replaces_an_old_socket,
	    keeps_what_is_no_socket, path_lengths,
	    who_has_ended_does_not_answer, no_such_folder, NULL);
}
