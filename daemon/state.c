/*
 * The state directory in the hands of others.  See state.h.
 */
#include <stdbool.h>
#include <stddef.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "daemon/os/dirwatch.h"
#include "daemon/os/loop.h"
#include "daemon/state.h"
#include "daemon/store/files.h"
#include "daemon/store/live.h"
#include "daemon/store/store.h"
#include "daemon/task/task.h"

/* While it cannot be made, nothing tells when it can. */
#define RETRY_MS 1000

static const char *socket_path;
static struct dirwatch *watch;
static struct event *retry;
static bool failing, moved; /* and it is logged */

/* It is there now; if it goes again before it is watched, look again. */
static void
follow(void)
{
	struct error err;

	if (dirwatch_follow(watch, store_root(), &err) != 0)
		log_warnx("%s; a state directory that is removed is not made "
			  "again",
		    err.text);
	if (store_look() != STORE_THERE)
		loop_timer_start(retry, RETRY_MS);
}

/* Nothing is in our memory only: whoever comes next takes over. */
static void
give_way(const char *why)
{
	log_warnx("%s; ending", why);
	event_base_loopbreak(loop_base());
}

static void
link_live(void)
{
	struct task *task = NULL;

	while ((task = task_next_live(task)) != NULL)
		store_link(task_record(task));
}

static void
restore(void)
{
	bool whole = store_look() == STORE_REMOVED;
	struct error err;

	if (store_restore(socket_path, &err) == 0) {
		if (moved)
			log_info("the state directory %s is back",
			    store_root());
		moved = false;
		if (whole || failing)
			log_warnx("the state directory %s was removed, and "
				  "made again; the tasks in it are gone",
			    store_root());
		failing = false;
		link_live();
		follow();
	} else if (err.code == ERR_BUSY || err.code == ERR_NEWER)
		give_way(err.text);
	else {
		if (!failing)
			log_warnx("the state directory is gone and cannot be "
				  "made again now: %s",
			    err.text);
		failing = true;
		loop_timer_start(retry, RETRY_MS);
	}
}

static void
look(void)
{
	switch (store_look()) {
	case STORE_THERE:
	case STORE_REMOVED:
		restore();
		break;
	case STORE_MOVED:
		if (!moved)
			log_warnx("the state directory %s was moved away; new "
				  "tasks are refused until it is back",
			    store_root());
		moved = true;
		break;
	case STORE_REPLACED:
		give_way("another directory has come in the place of the "
			 "state directory");
		break;
	}
}

static void
on_lost(void *arg)
{
	(void)arg;
	look();
}

static void
on_retry(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	look();
}

void
state_keep(const char *path)
{
	socket_path = path;
	if (watch == NULL) {
		watch = dirwatch_new(on_lost, NULL);
		retry = loop_timer_new(on_retry, NULL);
	}
	follow();
}

void
state_free(void)
{
	dirwatch_free(watch);
	watch = NULL;
	if (retry != NULL)
		event_free(retry);
	retry = NULL;
}
