/*
 * The daemon as a process.  See daemon.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/child.h"
#include "cli/daemon.h"
#include "cli/link.h"
#include "cli/say.h"
#include "cli/status.h"
#include "cli/unit.h"
#include "common/error.h"
#include "common/holder.h"
#include "common/launch.h"
#include "common/monotime.h"
#include "common/paths.h"
#include "common/program.h"

/* How long the old one may take to say who it is, and to end. */
#define PEEK_MS 2000
#define END_MS 10000
/* While others start the new one, or systemd does, it is tried again. */
#define CONNECT_MS 15000
#define RETRY_MS 100

/* Before the old one ends: it may be better than none. */
static int
check_new(struct error *err)
{
	char program[PATH_MAX], option[] = "--check";
	char *argv[] = { program, option, NULL };

	if (paths_program("ccprocd", program, sizeof(program), err) != 0)
		return -1;
	if (child_run(argv, -1, NULL) == 0)
		return 0;
	fail(err, ERR_INVALID, "%s could not serve, so nothing was restarted",
	    program);
	return -1;
}

/* A descriptor of STATE/lock; -2: no such file, so no daemon either. */
static int
open_lock(struct error *err)
{
	char state[PATH_MAX], path[PATH_MAX + 8];
	int fd;

	if (paths_state(state, sizeof(state), err) != 0)
		return -1;
	snprintf(path, sizeof(path), "%s/lock", state);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 && errno == ENOENT)
		return -2;
	if (fd == -1)
		fail_errno(err, "cannot open %s", path);
	return fd;
}

/* Asks for its version, which only the daemon with that pid can tell. */
static void
peek(pid_t pid, const char *session, char *version, size_t size)
{
	struct error ignored;
	struct link link;

	link_init(&link);
	if (link_try(&link, session, PEEK_MS, &ignored) == 0 &&
	    link.daemon.pid == pid)
		snprintf(version, size, " %s", link.daemon.version);
	link_close(&link);
}

static int
end_old(int lock, pid_t pid, const char *session, struct error *err)
{
	char version[sizeof(((struct link_daemon *)0)->version) + 1] = "";

	if (pid == -1) {
		fail(err, ERR_BUSY,
		    "the daemon is on another machine or in another pid "
		    "namespace; restart it there");
		return -1;
	}
	peek(pid, session, version, sizeof(version));
	if (holder_end(lock, pid, END_MS, err) != 0)
		return -1;
	printf("ended ccprocd%s (pid %d)\n", version, (int)pid);
	return 0;
}

static int
end_any(const char *session, struct error *err)
{
	int result = 0, lock = open_lock(err);
	pid_t pid;

	if (lock == -1)
		return -1;
	pid = lock == -2 ? 0 : holder_of(lock);
	if (pid == 0)
		puts("no daemon was there");
	else
		result = end_old(lock, pid, session, err);
	if (lock >= 0)
		close(lock);
	return result;
}

/* Ends the line with it. */
static void
tell_where(pid_t pid)
{
	bool managed = unit_has(pid);

	puts(managed ? "; a service of systemd" : "");
	if (managed || !unit_is_enabled())
		return;
	fflush(stdout);
	say("its units are enabled, but it runs outside of systemd: see "
	    "systemctl --user status ccprocd.socket ccprocd.service; then "
	    "systemctl --user reset-failed, systemctl --user start "
	    "ccprocd.socket, and ccproc daemon restart");
}

/* Says which one serves; the line is ended by tell_where. */
static void
tell_new(const struct link_daemon *daemon)
{
	printf("ccprocd %s (pid %" PRId64 ") serves; ", daemon->version,
	    daemon->pid);
	if (daemon->running >= 0)
		printf("%" PRId64 " running, %" PRId64 " queued",
		    daemon->running, daemon->queued);
	else
		printf("tasks go on");
	tell_where((pid_t)daemon->pid);
}

/* In the place of one that was ended, others may be met before it serves. */
static int
meet_new(const char *session, bool replaced, struct error *err)
{
	int64_t deadline = monotime_ms() + CONNECT_MS;
	struct link link;

	link_init(&link);
	while (link_open(&link, session, 1, "[]", err) != 0 ||
	    link_greeted(&link, -1, err) != 0) {
		if (err->code == ERR_INVALID || monotime_ms() > deadline ||
		    (!replaced && err->errnum != ECONNRESET))
			return -1;
		poll(NULL, 0, RETRY_MS);
	}
	link_close(&link);
	tell_new(&link.daemon);
	return 0;
}

int
daemon_restart(struct error *err)
{
	char session[37];
	int start, result;

	launch_session(session);
	/* a session would be as glad of the old one, where it has that */
	if (check_new(err) != 0 || (start = launch_hold(err)) == -1)
		return -1;
	result = end_any(session, err);
	fflush(stdout);
	if (result == 0)
		result = meet_new(session, true, err);
	close(start);
	return result;
}

int
daemon_start(struct error *err)
{
	char session[37];

	launch_session(session);
	return meet_new(session, false, err);
}

int
daemon_stop(struct error *err)
{
	char session[37];
	int start, result;

	launch_session(session);
	if ((start = launch_hold(err)) == -1)
		return -1;
	result = end_any(session, err);
	close(start);
	return result;
}

/* The program that a process runs; "": not known. */
static void
find_program(pid_t pid, char *path, size_t size)
{
	char link[64];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	n = readlink(link, path, size - 1);
	path[n > 0 ? n : 0] = '\0';
}

int
daemon_look(struct daemon_state *state, struct error *err)
{
	char session[37];
	struct link link;
	int result;

	memset(state, 0, sizeof(*state));
	if (paths_state(state->dir, sizeof(state->dir), err) != 0 ||
	    paths_socket(state->socket, sizeof(state->socket), err) != 0 ||
	    program_daemon(state->dir, state->next, sizeof(state->next), err) !=
		0)
		return -1;
	launch_session(session);
	link_init(&link);
	result = link_try(&link, session, PEEK_MS, err);
	link_close(&link);
	if (result != 0 && err->code != ERR_INVALID &&
	    (err->errnum == ENOENT || err->errnum == ECONNREFUSED))
		return 0; /* there is none */
	if (result != 0)
		return -1;
	state->runs = true;
	state->daemon = link.daemon;
	find_program((pid_t)link.daemon.pid, state->program,
	    sizeof(state->program));
	state->managed = unit_has((pid_t)link.daemon.pid);
	return 0;
}
