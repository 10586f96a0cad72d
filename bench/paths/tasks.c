/*
 * A world of tasks without the daemon's socket, as unit tests have it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/paths/path.h"
#include "daemon/provide/provide.h"
#include "daemon/session.h"
#include "mcp/mcp.h"
#include "tests/unit/taskbox.h"

static struct mcp_peer *peer;
static size_t n_answers;

static void
close_world(void)
{
	mcp_peer_free(peer);
	taskbox_close();
}

void
path_tasks(size_t n)
{
	char spec[100];
	size_t i;

	taskbox_open();
	path_at_end(close_world);
	for (i = 0; i < n; i++) {
		snprintf(spec, sizeof(spec),
		    "{\"command\":\"sleep 60\",\"label\":\"l%zu\"}", i);
		task_unref(taskbox_held(spec));
	}
}

static void
on_send(void *user, char *line, size_t len)
{
	(void)user;
	(void)len;
	if (strstr(line, "\"error\":{") != NULL) {
		fprintf(stderr, "%s\n", line);
		exit(1);
	}
	if (strstr(line, "\"id\":") != NULL)
		n_answers++;
	free(line);
}

static bool
answered(void *arg)
{
	return n_answers > *(const size_t *)arg;
}

/* Some answers come at once, some from the loop. */
void
path_line(const char *line)
{
	size_t before = n_answers;

	mcp_peer_line(peer, line, strlen(line));
	taskbox_until(answered, &before);
}

void
path_connect(void)
{
	peer = mcp_peer_new(provide_info(), on_send, taskbox_session());
	path_line("{\"jsonrpc\":\"2.0\",\"id\":\"i\",\"method\":\"initialize\","
		  "\"params\":{\"protocolVersion\":\"2025-11-25\"}}");
}
