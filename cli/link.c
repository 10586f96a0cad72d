/*
 * The connection to the daemon.  See link.h.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cli/link.h"
#include "common/error.h"
#include "common/launch.h"
#include "json/json.h"

void
link_init(struct link *link)
{
	memset(link, 0, sizeof(*link));
	link->fd = -1;
}

void
link_close(struct link *link)
{
	if (link->fd != -1)
		close(link->fd);
	link->fd = -1;
	lines_clear(&link->lines);
}

void
link_send(struct link *link, const char *line, size_t len)
{
	ssize_t n;

	while (link->fd != -1 && len > 0) {
		n = send(link->fd, line, len, MSG_NOSIGNAL);
		if (n == -1 && errno != EINTR)
			return;
		if (n > 0) {
			line += n;
			len -= (size_t)n;
		}
	}
}

/* 1: there is more; 0: not yet; -1: there will be none. */
static int
fill(struct link *link)
{
	ssize_t n;

	if (link->fd == -1)
		return -1;
	n = recv(link->fd, link->chunk, sizeof(link->chunk), MSG_DONTWAIT);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	lines_feed(&link->lines, link->chunk, (size_t)n);
	return n > 0 ? 1 : -1;
}

/* As link_take, whatever the line is. */
static int
next_line(struct link *link, struct json_object **message)
{
	struct jsonspan line;
	struct error err;
	enum line got;
	int more;

	while ((got = lines_next(&link->lines, &line)) == LINE_NONE)
		if ((more = fill(link)) != 1)
			return more;
	*message = got != LINE_WHOLE ? NULL :
				       json_parse(line.at, line.len, &err);
	return *message == NULL ? -1 : 1;
}

bool
link_wait(const struct link *link, int wait_ms)
{
	struct pollfd pfd = { .fd = link->fd, .events = POLLIN };
	int ready;

	do
		ready = poll(&pfd, 1, wait_ms);
	while (ready == -1 && errno == EINTR);
	return ready != 0;
}

/* Whether a word is in the list of what the daemon takes. */
static bool
is_told(struct json_object *result, const char *word)
{
	struct json_object *can = json_array_at(result, "can"), *one;
	size_t i, n = can == NULL ? 0 : json_object_array_length(can);

	for (i = 0; i < n; i++) {
		one = json_object_array_get_idx(can, i);
		if (json_object_is_type(one, json_type_string) &&
		    strcmp(json_object_get_string(one), word) == 0)
			return true;
	}
	return false;
}

static void
take_daemon(struct link *link, struct json_object *result)
{
	struct link_daemon *daemon = &link->daemon;
	const char *version = json_string_at(result, "version");
	const char *config = json_string_at(result, "config");

	memset(daemon, 0, sizeof(*daemon));
	daemon->running = daemon->queued = daemon->needs_input = -1;
	snprintf(daemon->version, sizeof(daemon->version), "%s",
	    version == NULL ? "" : version);
	snprintf(daemon->config, sizeof(daemon->config), "%s",
	    config == NULL ? "" : config);
	daemon->selects = is_told(result, "select");
	daemon->glances = is_told(result, "glance");
	json_int_at(result, "pid", &daemon->pid);
	json_int_at(result, "running", &daemon->running);
	json_int_at(result, "queued", &daemon->queued);
	json_int_at(result, "needs_input", &daemon->needs_input);
	daemon->queue_paused = false;
	json_bool_at(result, "queue_paused", &daemon->queue_paused);
}

/* The daemon's first line: 1; 0: it is not there yet; -1 with err. */
static int
take_answer(struct link *link, struct error *err)
{
	struct json_object *message = NULL, *answer;
	const char *why;
	int got = next_line(link, &message);

	if (got == 0)
		return 0;
	if (got == -1) {
		fail(err, ERR_SYSTEM, "the daemon closed the connection");
		err->errnum = ECONNRESET;
		return -1;
	}
	why = json_string_at(json_object_at(message, "error"), "message");
	answer = json_object_at(message, "result");
	link->greeted = answer != NULL;
	if (link->greeted)
		take_daemon(link, answer);
	else
		fail(err, ERR_INVALID, "the daemon refused: %s",
		    why != NULL ? why : "it did not say why");
	json_object_put(message);
	return link->greeted ? 1 : -1;
}

int
link_greeted(struct link *link, int wait_ms, struct error *err)
{
	int got = 1;

	while (!link->greeted && (got = take_answer(link, err)) == 0)
		if (!link_wait(link, wait_ms)) {
			fail(err, ERR_SYSTEM, "the daemon does not answer");
			got = -1;
			break;
		}
	if (got == 1)
		return 0;
	link_close(link);
	return -1;
}

int
link_take(struct link *link, struct json_object **message, struct error *err)
{
	int got = link->greeted ? 1 : take_answer(link, err);

	if (got == 1 && (got = next_line(link, message)) == -1)
		fail(err, ERR_SYSTEM, "the daemon closed the connection");
	return got;
}

/* Says hello over the new connection. */
static int
greet(struct link *link, const char *session, uint64_t ordinal,
    const char *replays)
{
	char *hello;

	if (link->fd == -1)
		return -1;
	link->greeted = false;
	hello = launch_hello("ccproc", session, ordinal, replays,
	    "[\"person\"]", NULL);
	link_send(link, hello, strlen(hello));
	free(hello);
	return 0;
}

int
link_open(struct link *link, const char *session, uint64_t ordinal,
    const char *replays, struct error *err)
{
	link->fd = launch_connect(err);
	return greet(link, session, ordinal, replays);
}

int
link_try(struct link *link, const char *session, int wait_ms, struct error *err)
{
	link->fd = launch_try(err);
	return greet(link, session, 1, "[]") == 0 ?
	    link_greeted(link, wait_ms, err) :
	    -1;
}
