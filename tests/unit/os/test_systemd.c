/*
 * What systemd passes and is told.  Descriptor 3 may be the test's own, so
 * each look at it is in a process more.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/sock.h"
#include "daemon/os/systemd.h"
#include "tests/unit/unit.h"

enum outcome { REFUSED, NONE, TAKEN, WRONG };

static struct error err;

static void
setup(void)
{
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("NOTIFY_SOCKET");
}

static enum outcome
outcome(const char *path)
{
	char said[SOCKET_PATH_SIZE] = "untouched";
	int fd = -2;

	if (systemd_socket(&fd, said, &err) != 0)
		return strstr(err.text, "expected one listening") != NULL ?
		    REFUSED :
		    WRONG;
	if (fd == -1 && strcmp(said, "untouched") == 0)
		return NONE;
	if (fd == 3 && strcmp(said, path) == 0 &&
	    fcntl(3, F_GETFD) == FD_CLOEXEC)
		return TAKEN;
	return WRONG;
}

/* The outcome for fd when it is passed as systemd passes it. */
static enum outcome
passed(int fd, const char *count, bool to_us, const char *path)
{
	char text[16];
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		snprintf(text, sizeof(text), "%d",
		    (int)(to_us ? getpid() : getppid()));
		setenv("LISTEN_PID", text, 1);
		setenv("LISTEN_FDS", count, 1);
		if (fd == -1)
			close(3);
		else
			dup2(fd, 3);
		_exit(outcome(path));
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

START_TEST(nothing_is_passed)
{
	ck_assert_int_eq(outcome(""), NONE);
	setenv("LISTEN_FDS", "1", 1); /* to whom, nobody says */
	ck_assert_int_eq(outcome(""), NONE);
}
END_TEST

START_TEST(a_socket_is_passed)
{
	const char *path = unit_path("sock");
	int fd = sock_listen(path, &err);

	ck_assert_int_ne(fd, -1);
	ck_assert_int_eq(passed(fd, "1", true, path), TAKEN);
	ck_assert_int_eq(passed(fd, "1", false, path), NONE);
	ck_assert_int_eq(passed(fd, "2", true, path), REFUSED);
	ck_assert_int_eq(passed(fd, "", true, path), REFUSED);
	close(fd);
}
END_TEST

START_TEST(something_else_is_passed)
{
	int unbound = socket(AF_UNIX, SOCK_STREAM, 0);
	int internet = socket(AF_INET, SOCK_STREAM, 0);
	int file = open("/dev/null", O_RDONLY);

	ck_assert_int_eq(passed(unbound, "1", true, ""), REFUSED);
	ck_assert_int_eq(listen(internet, 1), 0);
	ck_assert_int_eq(passed(internet, "1", true, ""), REFUSED);
	ck_assert_int_eq(passed(file, "1", true, ""), REFUSED);
	ck_assert_int_eq(passed(-1, "1", true, ""), REFUSED);
	close(unbound);
	close(internet);
	close(file);
}
END_TEST

/* Tells state to a socket at addr and compares what arrives. */
static void
tell(const struct sockaddr_un *addr, socklen_t size, const char *name)
{
	char got[64] = "";
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	ck_assert_int_eq(bind(fd, (const struct sockaddr *)addr, size), 0);
	setenv("NOTIFY_SOCKET", name, 1);
	systemd_notify("READY=1");
	ck_assert_int_eq(recv(fd, got, sizeof(got) - 1, 0), 7);
	ck_assert_str_eq(got, "READY=1");
	close(fd);
}

START_TEST(systemd_is_told)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char name[64];
	int len;

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s",
	    unit_path("notify"));
	tell(&addr, sizeof(addr), addr.sun_path);
	/* "@name" is the abstract socket "\0name" */
	len = snprintf(name, sizeof(name), "@test_systemd.%d", (int)getpid());
	memset(addr.sun_path, 0, sizeof(addr.sun_path));
	memcpy(addr.sun_path + 1, name + 1, (size_t)len - 1);
	tell(&addr,
	    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)len),
	    name);
}
END_TEST

START_TEST(nobody_is_told)
{
	char *longer = calloc(1, 200);

	systemd_notify("READY=1");
	setenv("NOTIFY_SOCKET", "relative", 1);
	systemd_notify("READY=1");
	memset(longer, '/', 199);
	setenv("NOTIFY_SOCKET", longer, 1);
	systemd_notify("READY=1");
	setenv("NOTIFY_SOCKET", "/nonexistent/socket", 1);
	systemd_notify("READY=1");
	free(longer);
}
END_TEST

UNIT_SUITE
{
	unit_suite("systemd", setup, unit_cleanup, nothing_is_passed,
	    a_socket_is_passed, something_else_is_passed, systemd_is_told,
	    nobody_is_told, NULL);
}
