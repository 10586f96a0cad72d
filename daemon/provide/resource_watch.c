/*
 * Being told of changes of a resource: of record and result when the task
 * changes its state, of a stream when it grows.  A stream that is written
 * all the time is told of once a while, and is not watched in between, so
 * that it costs next to nothing.
 *
 * A label goes on to mean the task that it meant at the beginning.
 */
#include <stdlib.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/find/observer.h"
#include "daemon/os/filewatch.h"
#include "daemon/os/loop.h"
#include "daemon/provide/resource_uri.h"
#include "daemon/provide/resource_watch.h"
#include "daemon/record/record.h"
#include "daemon/store/files.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/task.h"

/* The time from one notice of growth to the next. */
#define PAUSE_MS 500

struct resource_watch {
	struct task_list list;
	const char *file;          /* NULL: record or result */
	struct observer *observer; /* NULL: nothing more can change */
	struct event
	    *pause; /* of a file: either it runs, or growth is watched */
	struct filewatch *filewatch;
	int64_t told_bytes; /* size of the file when it was told of last */
	void (*changed)(void *arg);
	void *arg;
};

static bool
all_ended(const struct resource_watch *watch)
{
	size_t i;

	for (i = 0; i < watch->list.n; i++)
		if (!record_ended(task_record(watch->list.tasks[i])))
			return false;
	return true;
}

static const struct record *
record_of(const struct resource_watch *watch)
{
	return task_record(watch->list.tasks[0]);
}

/* Whether the file has changed since it was told of; remembers its size. */
static bool
has_grown(struct resource_watch *watch)
{
	int64_t bytes = store_file_bytes(record_of(watch)->dir, watch->file);
	bool grown = bytes != watch->told_bytes;

	watch->told_bytes = bytes;
	return grown;
}

static void
tell_if_grown(struct resource_watch *watch)
{
	if (has_grown(watch))
		watch->changed(watch->arg);
}

/* Tells of growth, then neither tells nor hears of it during a pause. */
static void
grew(void *arg)
{
	struct resource_watch *watch = arg;

	if (!has_grown(watch))
		return;
	filewatch_free(watch->filewatch);
	watch->filewatch = NULL;
	loop_timer_start(watch->pause, PAUSE_MS);
	watch->changed(watch->arg);
}

/* Hears of every write from now on. */
static void
watch_growth(struct resource_watch *watch)
{
	struct error err;

	watch->filewatch = filewatch_new(store_full_path(record_of(watch)->dir),
	    grew, watch, &err);
	if (watch->filewatch == NULL)
		log_warnx("%s; its end only will be told", err.text);
}

static void
on_pause_over(int fd, short what, void *arg)
{
	struct resource_watch *watch = arg;

	(void)fd;
	(void)what;
	watch_growth(watch);
	if (watch->filewatch != NULL)
		grew(watch); /* tells what was written in between */
}

static void
stop(struct resource_watch *watch)
{
	observer_free(watch->observer);
	watch->observer = NULL;
	filewatch_free(watch->filewatch);
	watch->filewatch = NULL;
	if (watch->pause != NULL)
		event_free(watch->pause);
	watch->pause = NULL;
}

static void
heard(void *arg)
{
	struct resource_watch *watch = arg;

	if (all_ended(watch))
		stop(watch);
	if (watch->file == NULL)
		watch->changed(watch->arg);
	else if (watch->observer == NULL) /* it has ended */
		tell_if_grown(watch);
}

static void
start(struct resource_watch *watch)
{
	watch->observer = observer_new("resource_watch", watch->list.tasks,
	    watch->list.n, heard, watch);
	if (watch->file == NULL)
		return;
	watch->pause = loop_timer_new(on_pause_over, watch);
	watch_growth(watch);
	has_grown(watch);
}

void *
resource_watch(void *user, const char *uri, void (*changed)(void *arg),
    void *arg)
{
	struct resource_watch *watch = xcalloc(1, sizeof(*watch));
	enum resource_part part;

	(void)user;
	if (!resource_find(uri, &watch->list, &part)) {
		free(watch);
		return NULL;
	}
	watch->file = resource_file(part);
	watch->changed = changed;
	watch->arg = arg;
	if (!all_ended(watch))
		start(watch);
	return watch;
}

void
resource_unwatch(void *arg)
{
	struct resource_watch *watch = arg;

	stop(watch);
	task_list_clear(&watch->list);
	free(watch);
}
