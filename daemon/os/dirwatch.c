/*
 * Watching directories, by inotify.  See dirwatch.h.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/os/dirwatch.h"
#include "daemon/os/loop.h"

/* The time that somebody has to finish removing or replacing a tree. */
#define SETTLE_MS 100
#define RETRY_MS 1000
#define EVENTS_BYTES 4096
/* How such names end (store/files). */
#define TMP ".tmp"

struct dirwatch {
	void (*lost)(void *arg);
	void *arg;
	struct event *readable; /* NULL: there is no inotify now */
	struct event *settled;
};

static void
on_settled(int fd, short what, void *arg)
{
	struct dirwatch *watch = arg;

	(void)fd;
	(void)what;
	watch->lost(watch->arg);
}

/* A file that is written anew has had a name before that is no loss. */
static bool
is_loss(const struct inotify_event *event)
{
	size_t len = event->len == 0 ? 0 : strlen(event->name);

	return len < sizeof(TMP) - 1 ||
	    strcmp(event->name + len - (sizeof(TMP) - 1), TMP) != 0;
}

/* Some of the events may have been lost, which an event without a name says. */
static void
on_readable(int fd, short what, void *arg)
{
	struct dirwatch *watch = arg;
	const struct inotify_event *event;
	_Alignas(struct inotify_event) char buf[EVENTS_BYTES];
	bool lost = false;
	ssize_t at, n;

	(void)what;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		for (at = 0; at < n;
		     at += (ssize_t)sizeof(*event) + event->len) {
			event = (const struct inotify_event *)(buf + at);
			lost |= is_loss(event);
		}
	if (lost)
		loop_timer_start(watch->settled, SETTLE_MS);
}

struct dirwatch *
dirwatch_new(void (*lost)(void *arg), void *arg)
{
	struct dirwatch *watch = xcalloc(1, sizeof(*watch));

	watch->lost = lost;
	watch->arg = arg;
	watch->settled = loop_timer_new(on_settled, watch);
	return watch;
}

static void
stop(struct dirwatch *watch)
{
	if (watch->readable == NULL)
		return;
	close(event_get_fd(watch->readable));
	event_free(watch->readable);
	watch->readable = NULL;
}

void
dirwatch_free(struct dirwatch *watch)
{
	if (watch == NULL)
		return;
	stop(watch);
	event_free(watch->settled);
	free(watch);
}

/* It takes a new inotify instance, so that no event of the old one is left. */
int
dirwatch_follow(struct dirwatch *watch, const char *path, struct error *err)
{
	int fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);

	stop(watch);
	if (fd == -1 ||
	    inotify_add_watch(fd, path,
		IN_DELETE | IN_MOVED_FROM | IN_DELETE_SELF | IN_MOVE_SELF |
		    IN_ONLYDIR) == -1) {
		fail_errno(err, "cannot watch %s (inotify)", path);
		if (fd != -1)
			close(fd);
		return -1;
	}
	watch->readable = loop_watch(fd, EV_READ | EV_PERSIST, on_readable,
	    watch, err);
	if (watch->readable != NULL)
		return 0;
	close(fd);
	return -1;
}

void
dirwatch_retry(struct dirwatch *watch)
{
	loop_timer_start(watch->settled, RETRY_MS);
}
