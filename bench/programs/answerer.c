/*
 * The far end of the floor under a call: at the socket that is named, each
 * line is parsed and answered with an empty result.  See hop.c.
 */
#define _GNU_SOURCE
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <json-c/json.h>

#define LINE_BYTES 65536

static void
need(bool ok, const char *what)
{
	if (ok)
		return;
	perror(what);
	exit(1);
}

/* The lines of one client come whole here, for it waits for each answer. */
static bool
answer(int fd)
{
	static char bytes[LINE_BYTES], line[200];
	ssize_t n = read(fd, bytes, sizeof(bytes) - 1);
	struct json_object *message, *id;
	char *at, *end;
	int len;

	if (n <= 0)
		return false;
	bytes[n] = '\0';
	for (at = bytes; (end = strchr(at, '\n')) != NULL; at = end + 1) {
		*end = '\0';
		message = json_tokener_parse(at);
		if (json_object_object_get_ex(message, "id", &id)) {
			len = snprintf(line, sizeof(line),
			    "{\"jsonrpc\":\"2.0\",\"id\":%s,\"result\":{}}\n",
			    json_object_to_json_string(id));
			need(write(fd, line, (size_t)len) == len, "write");
		}
		json_object_put(message);
	}
	return true;
}

int
main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM, 0), loop = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN, .data.fd = listener };

	need(argc == 2 && strlen(argv[1]) < sizeof(address.sun_path),
	    "usage: answerer SOCKET");
	strcpy(address.sun_path, argv[1]);
	need(bind(listener, (struct sockaddr *)&address, sizeof(address)) ==
		    0 &&
		listen(listener, 1000) == 0,
	    argv[1]);
	epoll_ctl(loop, EPOLL_CTL_ADD, listener, &event);
	puts("ready");
	fflush(stdout);
	while (epoll_wait(loop, &event, 1, -1) == 1) {
		if (event.data.fd == listener) {
			event.data.fd = accept(listener, NULL, NULL);
			epoll_ctl(loop, EPOLL_CTL_ADD, event.data.fd, &event);
		} else if (!answer(event.data.fd)) {
			close(event.data.fd);
		}
	}
	return 0;
}
