/*
 * The address.  See address.h.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/paths.h"
#include "common/sock.h"
#include "daemon/address.h"
#include "daemon/os/dirwatch.h"
#include "daemon/os/loop.h"

/* While no socket can be made, nobody can come, and nothing tells of it. */
#define RETRY_MS 1000

static const char *place; /* of the socket */
static void (*moved)(int fd);
static struct stat own; /* the socket's name in the file system */
static struct dirwatch *watch;
static struct event *retry;
static bool failing; /* and it is logged */

static void
folder_of(const char *path, char *dir)
{
	char *slash;

	snprintf(dir, SOCKET_PATH_SIZE, "%s", path);
	slash = strrchr(dir, '/');
	if (slash != NULL)
		slash[slash == dir] = '\0';
}

static int
make_folder(const char *path, struct error *err)
{
	char dir[SOCKET_PATH_SIZE];

	folder_of(path, dir);
	return strcmp(dir, "/") == 0 ? 0 : paths_make_private(dir, err);
}

/*
 * Whether somebody listens at path.  To systemd our connection is the call
 * to start a daemon, which then sends SIGTERM to us, for we hold the lock:
 * that has to wait until we have said why we end.
 */
static bool
is_served(const char *path)
{
	sigset_t term, before;
	bool served;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, &before);
	served = sock_answers(path);
	if (!served)
		sigprocmask(SIG_SETMASK, &before, NULL);
	return served;
}

/* Not where another one listens: its clients would lose it. */
int
address_listen(const char *path, struct error *err)
{
	if (make_folder(path, err) != 0)
		return -1;
	if (!is_served(path))
		return sock_listen(path, err);
	fail(err, ERR_BUSY,
	    "ccprocd.socket of systemd or another daemon listens at %s; stop "
	    "that first, or set CCPROC_SOCKET to another path",
	    path);
	return -1;
}

/*
 * What stands there now counts as ours; its folder is watched.  The watch
 * comes first, for the name may go again at any time.
 */
static void
settle(void)
{
	char dir[SOCKET_PATH_SIZE];
	struct error err;

	folder_of(place, dir);
	if (dirwatch_follow(watch, dir, &err) != 0)
		log_warnx("%s; a socket that is removed is not made again",
		    err.text);
	if (lstat(place, &own) == -1)
		loop_timer_start(retry, 0);
}

static void
listen_again(void)
{
	struct error err;
	int fd = -1;

	if (make_folder(place, &err) == 0)
		fd = sock_listen(place, &err);
	if (fd == -1) {
		if (!failing)
			log_warnx("the socket is gone and cannot be made "
				  "again now: %s",
			    err.text);
		failing = true;
		loop_timer_start(retry, RETRY_MS);
		return;
	}
	failing = false;
	log_info("the socket was gone, listening at %s again", place);
	settle();
	moved(fd);
}

static void
look(void)
{
	struct stat st;

	if (lstat(place, &st) == -1)
		listen_again();
	else if (st.st_ino != own.st_ino || st.st_dev != own.st_dev) {
		log_warnx("somebody else put something in the place of the "
			  "socket %s; it is left alone, and new clients do not "
			  "come here",
		    place);
		settle();
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
address_keep(const char *path, void (*fn)(int fd))
{
	place = path;
	moved = fn;
	watch = dirwatch_new(on_lost, NULL);
	retry = loop_timer_new(on_retry, NULL);
	settle();
}

/*
 * The name may be that of a socket which the daemon before us made in its
 * place, and that nobody serves now.
 */
void
address_keep_passed(const char *path, void (*fn)(int fd))
{
	address_keep(path, fn);
	if (!sock_answers(path))
		listen_again();
}

void
address_free(void)
{
	dirwatch_free(watch);
	watch = NULL;
	if (retry != NULL)
		event_free(retry);
	retry = NULL;
}
