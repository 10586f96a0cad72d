/*
 * The near end of the floor under a call: passes on what comes at its stdin to
 * the socket that is named, and what comes from there to its stdout, as a
 * bridge must.  See answerer.c.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool
pass(int from, int to)
{
	static char bytes[65536];
	ssize_t n = read(from, bytes, sizeof(bytes));

	return n > 0 && write(to, bytes, (size_t)n) == n;
}

int
main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct pollfd polls[] = { { .fd = 0, .events = POLLIN },
		{ .fd = fd, .events = POLLIN } };

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path))
		return 2;
	strcpy(address.sun_path, argv[1]);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		perror(argv[1]);
		return 1;
	}
	while (poll(polls, 2, -1) > 0)
		if ((polls[0].revents != 0 && !pass(0, fd)) ||
		    (polls[1].revents != 0 && !pass(fd, 1)))
			return 0;
	return 1;
}
