/*
 * The life of a task, in its order.  See keeper.h.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/error.h"
#include "common/keeperctl.h"
#include "common/step.h"
#include "keeper/cap.h"
#include "keeper/cgroup.h"
#include "keeper/child.h"
#include "keeper/fds.h"
#include "keeper/keeper.h"
#include "keeper/orphans.h"
#include "keeper/record.h"
#include "keeper/revive.h"
#include "keeper/say.h"
#include "keeper/watch.h"

/* Signals are read, not caught; the others stay blocked and do nothing. */
static void
take_over_signals(void)
{
	struct sigaction action = { .sa_flags = SA_NOCLDSTOP };
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	action.sa_handler = SIG_DFL; /* ignored, it loses the exit status */
	sigaction(SIGCHLD, &action, NULL);
}

static void
detach(int status_fd)
{
	setsid();
	/* Neither can fail on a kernel that has pidfd_open(2). */
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)!chdir("/");
	fds_isolate(status_fd);
}

/* Nobody need be there any more to read it: SIGPIPE is blocked. */
static void
tell_running(int status_fd)
{
	const char running = KEEPER_RUNNING;

	if (status_fd < 0)
		return;
	(void)!write(status_fd, &running, 1);
	close(status_fd);
}

static void
keep(const struct keeper_options *options, struct record *record)
{
	struct exitrec *rec = &record->rec;
	struct child_failure failure;
	struct cap cap;
	pid_t pid;

	cgroup_make(&record->cgroup);
	pid = child_start(options, record->dirfd, &record->cgroup, &failure);
	if (pid < 0) {
		snprintf(rec->spawn_stage, sizeof(rec->spawn_stage), "%s",
		    failure.stage);
		rec->spawn_errno = failure.errnum;
		return;
	}
	STEP("keep-started");
	tell_running(options->status_fd);
	STEP("keep-told");
	cap_init(&cap, options->cap_bytes, record->dirfd);
	watch(options, record, &cap, pid);
	cap_finish(&cap, rec->note, sizeof(rec->note));
}

int
keeper_end_orphans(const struct keeper_options *options)
{
	int status;

	take_over_signals();
	detach(-1);
	status = orphans_run(options->dir);
	revive_for_others(options->dir, options->daemon);
	return status;
}

int
keeper_run(const struct keeper_options *options)
{
	struct record record;
	struct error err;
	int rc;

	take_over_signals();
	detach(options->status_fd);
	rc = record_claim(&record, options->dir, options->cgroup, &err);
	if (rc == 1) {
		keep(options, &record);
		STEP("keep-ended");
		rc = record_finish(&record, &err);
		revive_for_others(options->dir, options->daemon);
	}
	STEP("keep-leaving");
	if (rc < 0)
		say(STDERR_FILENO, "ccproc-keeper: ", err.text, "\n", NULL);
	return rc < 0;
}
