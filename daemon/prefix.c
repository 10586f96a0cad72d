/*
 * Giving way to programs that are there.  See prefix.h.
 *
 * Keeper and daemon must both be gone: a keeper alone is missing for a moment
 * while an upgrade puts files in place, and another daemon would not find it
 * either.  A client without programs of its own keeps us, to read with.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "common/paths.h"
#include "daemon/os/loop.h"
#include "daemon/os/systemd.h"
#include "daemon/prefix.h"
#include "daemon/task/keeper.h"

static bool
is_gone(void)
{
	char path[PATH_MAX];
	struct error err;

	return access(keeper_path(), F_OK) != 0 && errno == ENOENT &&
	    paths_program("ccprocd", path, sizeof(path), &err) != 0;
}

/* The daemon beside the program that runs in process pid. */
static bool
has_daemon(pid_t pid, char *program, size_t size)
{
	char exe[PATH_MAX], link[32];
	const char *slash;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	n = readlink(link, exe, sizeof(exe) - 1);
	exe[n > 0 ? n : 0] = '\0';
	slash = strrchr(exe, '/');
	if (slash == NULL)
		return false;
	return snprintf(program, size, "%.*s/ccprocd", (int)(slash - exe),
		   exe) < (int)size &&
	    access(program, X_OK) == 0;
}

/* Systemd would start nothing but what is gone. */
bool
prefix_give_way(pid_t pid)
{
	static bool told;
	char program[PATH_MAX];

	if (pid <= 0 || systemd_manages() || !is_gone() ||
	    !has_daemon(pid, program, sizeof(program)))
		return false;
	if (!told)
		log_warnx("%s is gone, with the program of this daemon; "
			  "ending, so that %s takes over",
		    keeper_path(), program);
	told = true;
	event_base_loopbreak(loop_base());
	return true;
}
