/*
 * Watching files.  See filewatch.h.  One inotify instance for all, made when
 * somebody first waits, and kept: its end takes the kernel up to 20 ms.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/mem.h"
#include "daemon/os/filewatch.h"
#include "daemon/os/loop.h"

#define EVENTS_BYTES 4096

struct filewatch {
	LIST_ENTRY(filewatch) entry;
	int wd; /* the same for all who watch one directory */
	void (*grew)(void *arg);
	void *arg;
};

static LIST_HEAD(, filewatch) filewatches = LIST_HEAD_INITIALIZER(filewatches);
static struct event *readable;

/* A callback may free its own watch.  -1: events were lost, so all are told. */
static void
tell(int wd)
{
	struct filewatch *filewatch, *next;

	for (filewatch = LIST_FIRST(&filewatches); filewatch != NULL;
	     filewatch = next) {
		next = LIST_NEXT(filewatch, entry);
		if (wd == -1 || filewatch->wd == wd)
			filewatch->grew(filewatch->arg);
	}
}

static void
on_readable(int fd, short what, void *arg)
{
	char buf[EVENTS_BYTES];
	struct inotify_event event; /* copied: buf has no alignment */
	ssize_t n, at;

	(void)what;
	(void)arg;
	n = read(fd, buf, sizeof(buf));
	for (at = 0; at + (ssize_t)sizeof(event) <= n;
	     at += (ssize_t)(sizeof(event) + event.len)) {
		memcpy(&event, buf + at, sizeof(event));
		tell(event.wd);
	}
}

static int
start(struct error *err)
{
	int fd;

	if (readable != NULL)
		return 0;
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd == -1) {
		fail_errno(err, "cannot watch files (inotify)");
		return -1;
	}
	readable = loop_watch(fd, EV_READ | EV_PERSIST, on_readable, NULL, err);
	if (readable != NULL)
		return 0;
	close(fd);
	return -1;
}

struct filewatch *
filewatch_new(const char *path, void (*grew)(void *arg), void *arg,
    struct error *err)
{
	struct filewatch *filewatch;
	int wd;

	if (start(err) != 0)
		return NULL;
	wd = inotify_add_watch(event_get_fd(readable), path,
	    IN_MODIFY | IN_CREATE | IN_DELETE | IN_ONLYDIR);
	if (wd == -1) {
		fail_errno(err, "cannot watch %s", path);
		return NULL;
	}
	filewatch = xcalloc(1, sizeof(*filewatch));
	filewatch->wd = wd;
	filewatch->grew = grew;
	filewatch->arg = arg;
	LIST_INSERT_HEAD(&filewatches, filewatch, entry);
	return filewatch;
}

static bool
shared(int wd)
{
	const struct filewatch *filewatch;

	LIST_FOREACH(filewatch, &filewatches, entry)
		if (filewatch->wd == wd)
			return true;
	return false;
}

void
filewatch_free(struct filewatch *filewatch)
{
	if (filewatch == NULL)
		return;
	LIST_REMOVE(filewatch, entry);
	if (!shared(filewatch->wd))
		inotify_rm_watch(event_get_fd(readable), filewatch->wd);
	free(filewatch);
}
