/* The bridge passes on a request and its answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bench/paths/path.h"
#include "bridge/relay.h"
#include "tests/unit/unit.h"

static struct relay relay;
static int client[2]; /* a pipe in place of its stdin */
static int daemon_fd; /* the daemon's end of the connection */

static void
write_line(int fd, const char *line)
{
	size_t len = strlen(line);

	if (write(fd, line, len) != (ssize_t)len)
		abort();
}

/* What waits for the daemon goes, and is dropped there. */
static void
flush(void)
{
	static char bytes[65536];

	link_flush(&relay.link, &relay.to_daemon);
	if (recv(daemon_fd, bytes, sizeof(bytes), 0) <= 0)
		abort();
}

void
path_setup(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    unit_path("sock"));
	setenv("CCPROC_SOCKET", address.sun_path, 1);
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    listen(listener, 1) != 0 || pipe(client) != 0)
		abort();
	path_at_end(unit_cleanup);
	relay_init(&relay, NULL);
	daemon_fd = accept(listener, NULL, NULL);
	flush();
	write_line(daemon_fd,
	    "{\"jsonrpc\":\"2.0\",\"id\":\"hello\",\"result\":{}}\n");
	relay_read_daemon(&relay);
}

void
path_run(void)
{
	write_line(client[1],
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\","
	    "\"params\":{\"name\":\"check_tasks\",\"arguments\":"
	    "{\"ids\":[\"t1\"],\"wait_s\":30}}}\n");
	if (!relay_read_client(&relay, client[0]))
		abort();
	flush();
	write_line(daemon_fd,
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[{\"type\":"
	    "\"text\",\"text\":\"t1 completed\"}]}}\n");
	relay_read_daemon(&relay);
	if (queue_left(&relay.to_client) == 0)
		abort();
	queue_clear(&relay.to_client);
}
