/*
 * The state directory in the hands of others.  See state.h.
 */
#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "daemon/os/dirwatch.h"
#include "daemon/os/loop.h"
#include "daemon/session.h"
#include "daemon/state.h"
#include "daemon/store/files.h"
#include "daemon/store/live.h"
#include "daemon/store/store.h"
#include "daemon/task/task.h"

static const char *socket_path;
static struct dirwatch *watch;
/* What the log says of the directory already. */
static enum { SOUND, MOVED, FAILING } logged;

/* The directory may have gone again before it is watched. */
static void
follow(void)
{
	struct error err;

	if (dirwatch_follow(watch, store_root(), &err) != 0)
		log_warnx("%s; a state directory that is removed is not made "
			  "again",
		    err.text);
	if (store_look() != STORE_THERE)
		dirwatch_retry(watch);
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
restored(bool removed)
{
	if (removed || logged == FAILING)
		log_warnx("the state directory %s was removed, and made "
			  "again; the tasks in it are gone",
		    store_root());
	else if (logged == MOVED)
		log_info("the state directory %s is back", store_root());
	logged = SOUND;
	link_live();
	follow();
}

/* What was removed of it is made again. */
static void
restore(bool removed)
{
	struct error err;

	if (store_restore(socket_path, &err) == 0)
		restored(removed);
	else if (err.code == ERR_BUSY || err.code == ERR_NEWER)
		give_way(err.text);
	else {
		if (logged != FAILING)
			log_warnx("the state directory is gone and cannot be "
				  "made again now: %s",
			    err.text);
		logged = FAILING;
		dirwatch_retry(watch);
	}
}

static void
on_lost(void *arg)
{
	(void)arg;
	switch (store_look()) {
	case STORE_THERE:
		restore(false);
		break;
	case STORE_REMOVED:
		restore(true);
		break;
	case STORE_MOVED:
		if (logged != MOVED)
			log_warnx("the state directory %s was moved away; new "
				  "tasks are refused until it is back",
			    store_root());
		logged = MOVED;
		break;
	case STORE_REPLACED:
		give_way("another directory has come in the place of the "
			 "state directory");
		break;
	}
}

void
state_keep(const char *path)
{
	socket_path = path;
	if (watch == NULL)
		watch = dirwatch_new(on_lost, NULL);
	follow();
}

void
state_free(void)
{
	dirwatch_free(watch);
	watch = NULL;
}

/* The variable that the session was told a state directory by, or NULL. */
static const char *
told_by(const struct session *session, char *path, size_t size)
{
	static const struct {
		const char *name, *below;
	} told[] = { { "CCPROC_STATE_DIR", "" },
		{ "XDG_STATE_HOME", "/ccproc" } };
	const char *dir;
	size_t i;

	for (i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		dir = session_getenv(session, told[i].name);
		if (dir == NULL || dir[0] != '/')
			continue;
		snprintf(path, size, "%s%s", dir, told[i].below);
		return told[i].name;
	}
	return NULL;
}

/* While ours is moved away its name still counts. */
static bool
is_ours(const char *path)
{
	struct stat theirs, ours;

	return strcmp(path, store_root()) == 0 ||
	    (stat(path, &theirs) == 0 && fstat(store_rootfd(), &ours) == 0 &&
		theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino);
}

int
state_check(const struct session *session, struct error *err)
{
	char path[PATH_MAX];
	const char *name = told_by(session, path, sizeof(path));

	if (name == NULL || is_ours(path))
		return 0;
	fail(err, ERR_INVALID,
	    "this daemon serves the state directory %s, and by %s %s is "
	    "meant; unset that, or name the socket of a daemon of its own by "
	    "CCPROC_SOCKET",
	    store_root(), name, path);
	return -1;
}
