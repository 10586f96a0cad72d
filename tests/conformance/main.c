/*
 * An MCP server on stdin and stdout with the fixtures of the official
 * conformance suite.  It ends when its stdin does.
 */
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/limits.h"
#include "common/mem.h"
#include "mcp/mcp.h"
#include "tests/conformance/fixtures.h"

static struct event_base *base;
static struct mcp_peer *peer;
static struct buf input;

/*
 * Writes, and waits for a client that does not read; so the whole server waits.
 */
static void
send_line(void *user, char *line, size_t len)
{
	const char *p = line;
	ssize_t n;

	(void)user;
	while (len > 0) {
		n = write(STDOUT_FILENO, p, len);
		if (n == -1 && errno != EINTR)
			exit(0); /* nobody is there any more */
		if (n > 0) {
			p += n;
			len -= (size_t)n;
		}
	}
	free(line);
}

static void
take_lines(void)
{
	char *end;
	size_t len;

	while (input.len > 0 &&
	    (end = memchr(input.data, '\n', input.len)) != NULL) {
		*end = '\0';
		len = (size_t)(end - input.data);
		if (len > 0)
			mcp_peer_line(peer, input.data, len);
		buf_drop(&input, len + 1);
	}
	if (input.len > LINE_MAX_BYTES)
		errx(1, "a line of more than %u bytes", LINE_MAX_BYTES);
}

static void
on_input(evutil_socket_t fd, short what, void *arg)
{
	static char chunk[64u << 10];
	ssize_t n = read((int)fd, chunk, sizeof(chunk));

	(void)what;
	(void)arg;
	if (n > 0) {
		buf_add(&input, chunk, (size_t)n);
		take_lines();
	} else if (n == 0 || errno != EINTR)
		event_base_loopbreak(base);
}

int
main(void)
{
	struct event *readable;

	signal(SIGPIPE, SIG_IGN);
	base = event_base_new();
	if (base == NULL)
		errx(1, "out of memory: event base");
	fixtures_init(base);
	peer = mcp_peer_new(fixtures_info(), send_line, NULL);
	readable = event_new(base, STDIN_FILENO, EV_READ | EV_PERSIST, on_input,
	    NULL);
	if (readable == NULL || event_add(readable, NULL) != 0)
		errx(1, "cannot wait for stdin");
	event_base_dispatch(base);
	mcp_peer_goodbye(peer);
	mcp_peer_free(peer);
	event_free(readable);
	event_base_free(base);
	buf_clear(&input);
	return 0;
}
