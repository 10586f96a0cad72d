/*
 * The scope of keepers and tasks.  See scope.h and keeper/hold.c.
 *
 * systemd-run makes it and becomes, inside of it, the process that holds it,
 * and that says on a pipe when all is there.  Nobody waits for it here.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "common/mem.h"
#include "common/scope.h"
#include "daemon/os/loop.h"
#include "daemon/os/process.h"
#include "daemon/os/scope.h"

/* systemd takes 20 ms as a rule. */
#define WAIT_MS 5000
/* One that has just ended is in the way for a moment. */
#define AGAIN_MS 200

static struct {
	char *path;   /* of the scope, whether or not it is there */
	char *keeper; /* the program that holds it */
	bool found;
	bool older; /* systemd does not know OOMPolicy of scopes */
	struct process *holder;
	struct event *ready; /* its pipe */
	struct event *late;
	struct event *again;
	void (*settled)(void);
} scope;

bool
scope_is_there(void)
{
	char *tasks = xasprintf("%s/" SCOPE_TASKS, scope.path);
	bool there = access(tasks, W_OK) == 0;

	free(tasks);
	return there;
}

const char *
scope_path(void)
{
	return scope.found ? scope.path : NULL;
}

static void
close_pipe(void)
{
	if (scope.ready == NULL)
		return;
	close(event_get_fd(scope.ready));
	event_free(scope.ready);
	scope.ready = NULL;
}

static void
stop_waiting(void)
{
	close_pipe();
	if (scope.late != NULL)
		event_free(scope.late);
	if (scope.again != NULL)
		event_free(scope.again);
	scope.late = scope.again = NULL;
}

static void
settle(const char *why)
{
	stop_waiting();
	scope.found = scope_is_there();
	if (!scope.found)
		log_info("no " SCOPE_UNIT ": %s", why);
	scope.settled();
}

static void
on_ready(int fd, short what, void *arg)
{
	char byte;

	(void)what;
	(void)arg;
	if (read(fd, &byte, 1) == 1 && byte == SCOPE_READY)
		settle("it vanished");
	else
		event_del(scope.ready); /* then its end tells more */
}

static void
on_late(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	settle("systemd-run cannot make it, or takes too long");
}

static void make(void);

static void
on_again(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (scope_is_there())
		settle("it vanished");
	else
		make();
}

static void
gone(void *arg)
{
	(void)arg;
	process_free(scope.holder);
	scope.holder = NULL;
	if (scope.late == NULL)
		return; /* it was there, and is no more */
	close_pipe();
	scope.older = !scope.older;
	loop_timer_start(scope.again, scope.older ? 0 : AGAIN_MS);
}

/* "app.slice": that of our service, beside which the scope is to be. */
static char *
slice_of(const char *path)
{
	char *parent = xstrdup(path), *name, *option;

	*strrchr(parent, '/') = '\0';
	name = strrchr(parent, '/') + 1;
	option = xasprintf("--slice=%s",
	    strstr(name, ".slice") != NULL ? name : "-.slice");
	free(parent);
	return option;
}

/* Returns the command line of systemd-run. */
static char **
command_line(void)
{
	static const char *const words[] = { "/usr/bin/env", "systemd-run",
		"--user", "--scope", "--quiet", "--collect",
		("--unit=" SCOPE_UNIT),
		"--description=Tasks of ccproc and their keepers",
		"--property=Delegate=memory cpu pids",
		"--property=Before=ccproc-leave.service",
		"--property=TasksMax=infinity",
		"--property=TimeoutStopSec=15s" };
	char **argv = NULL, *slice = slice_of(scope.path);
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		argv = strv_add(argv, words[i]);
	argv = strv_add(argv, slice);
	/* a task that the kernel kills for want of memory is no reason */
	if (!scope.older)
		argv = strv_add(argv, "--property=OOMPolicy=continue");
	argv = strv_add(argv, "--");
	argv = strv_add(argv, scope.keeper);
	free(slice);
	return strv_add(argv, "--hold");
}

static void
make(void)
{
	struct error err;
	char **argv;
	int fds[2];

	if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) != 0) {
		settle("no descriptor is left");
		return;
	}
	argv = command_line();
	scope.ready = event_new(loop_base(), fds[0], EV_READ | EV_PERSIST,
	    on_ready, NULL);
	event_add(scope.ready, NULL);
	scope.holder = process_start(argv,
	    &(struct process_gift){ .in = -1, .out = -1, .extra = fds[1] },
	    gone, NULL, &err);
	close(fds[1]);
	strv_free(argv);
	if (scope.holder == NULL)
		settle(err.text);
}

void
scope_begin(const char *own, const char *keeper, void (*settled)(void))
{
	scope_free();
	scope.keeper = xstrdup(keeper);
	scope.settled = settled;
	scope.path = xasprintf("%.*s/" SCOPE_UNIT,
	    (int)(strrchr(own, '/') - own), own);
	if (scope_is_there()) {
		settle("");
		return;
	}
	scope.late = loop_timer_new(on_late, NULL);
	scope.again = loop_timer_new(on_again, NULL);
	loop_timer_start(scope.late, WAIT_MS);
	make();
}

void
scope_free(void)
{
	stop_waiting();
	process_free(scope.holder);
	free(scope.keeper);
	free(scope.path);
	memset(&scope, 0, sizeof(scope));
}
