/*
 * The address.  See address.h.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/error.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/paths.h"
#include "common/sock.h"
#include "daemon/address.h"
#include "daemon/os/dirwatch.h"

static const char *place; /* of the socket */
static void (*moved)(int fd);
static struct stat own; /* the socket's name in the file system */
static struct dirwatch *watch;
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

/* A socket that another process serves stays: its clients would lose it. */
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
 * Takes what stands at the place for ours, and watches its folder.  The watch
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
		dirwatch_retry(watch);
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
		dirwatch_retry(watch);
		return;
	}
	failing = false;
	log_info("the socket was gone, listening at %s again", place);
	settle();
	moved(fd);
}

static void
on_lost(void *arg)
{
	struct stat st;

	(void)arg;
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

void
address_keep(const char *path, void (*fn)(int fd))
{
	place = path;
	moved = fn;
	watch = dirwatch_new(on_lost, NULL);
	settle();
}

/*
 * The daemon before us may have made another socket at that path, which
 * nobody serves now.
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
}
