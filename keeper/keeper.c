/*
 * The life of a task, in its order.  See keeper.h.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <unistd.h>

#include "common/error.h"
#include "common/keeperctl.h"
#include "common/step.h"
#include "keeper/cgroup.h"
#include "keeper/child.h"
#include "keeper/environment.h"
#include "keeper/fds.h"
#include "keeper/keeper.h"
#include "keeper/orphans.h"
#include "keeper/print.h"
#include "keeper/record.h"
#include "keeper/revive.h"
#include "keeper/streams.h"
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
tell_running(int status_fd, const struct exitrec *claim)
{
	char text[1 + EXITREC_PIECE_BYTES] = { KEEPER_RUNNING };
	size_t len;

	if (status_fd < 0)
		return;
	len = 1 + exitrec_print_claim(claim, text + 1);
	(void)!write(status_fd, text, len);
	close(status_fd);
}

/*
 * A run that the API was too busy for is worth another, if nobody has
 * stopped it; it gets the environment of this one.  Before the outcome: who
 * sees that finds all there is.
 */
static void
give_back(struct record *record, const struct environment *env)
{
	const struct exitrec *rec = &record->rec;
	bool lingered = rec->stop_reason == STOP_LINGER;
	bool ended = rec->stop_reason == STOP_NONE && rec->exit_signal == 0;

	if ((lingered || ended) &&
	    environment_give_back(env, record->dirfd) != 0)
		record_note(record, "its environment could not be kept");
}

static void
note_lingering(struct record *record, unsigned lingered_s)
{
	char text[80];

	if (record->rec.stop_reason != STOP_LINGER)
		return;
	snprintf(text, sizeof(text),
	    "lingered for %u s after its result and was stopped", lingered_s);
	record_note(record, text);
}

static void
follow(const struct keeper_options *options, struct record *record,
    const struct environment *env, const int outputs[2], pid_t pid)
{
	struct exitrec *rec = &record->rec;
	struct streams streams;

	streams_init(&streams, options, record->dirfd, outputs);
	watch(options, record, &streams, pid);
	cap_finish(&streams.cap);
	rec->stdout_cut = streams.cap.streams[0].cut;
	rec->stderr_cut = streams.cap.streams[1].cut;
	note_lingering(record, streams.agent.lingered_s);
	agent_finish(&streams.agent);
	if (streams.agent.limited)
		give_back(record, env);
}

/* Our stderr is the log of the daemon. */
static void
note_lacks(const struct keeper_options *options, struct record *record,
    const char *lacks)
{
	char text[200];

	if (lacks[0] == '\0')
		return;
	snprintf(text, sizeof(text), "it has %s, unlike its session", lacks);
	record_note(record, text);
	print_strings(STDERR_FILENO, "ccproc-keeper: ", options->dir, ": ",
	    text, "\n", NULL);
}

/* Whether the task may start; else the record says why not. */
static bool
limit(const struct keeper_options *options, struct record *record)
{
	struct exitrec *rec = &record->rec;
	const char *file;
	char text[100];
	int errnum;

	if (limits_set(&options->limits, &record->cgroup, &file) == 0)
		return true;
	errnum = errno;
	snprintf(text, sizeof(text), "its limits could not be set: %s: %s",
	    file, strerror(errnum));
	record_note(record, text);
	if (options->best_effort)
		return true;
	snprintf(rec->spawn_stage, sizeof(rec->spawn_stage), "limits");
	rec->spawn_errno = errnum;
	return false;
}

static void
note_refusal(const char *program, const char *why, struct record *record)
{
	char text[320];

	snprintf(text, sizeof(text), "%.100s: %s", program, why);
	record_note(record, text);
}

static void
keep(const struct keeper_options *options, struct record *record)
{
	struct exitrec *rec = &record->rec;
	struct child_failure failure;
	struct environment env;
	int outputs[2];
	pid_t pid;

	cgroup_make(&record->cgroup);
	if (!limit(options, record))
		return;
	pid = child_start(options, record, &env, outputs, &failure);
	if (pid < 0) {
		snprintf(rec->spawn_stage, sizeof(rec->spawn_stage), "%s",
		    failure.stage);
		rec->spawn_errno = failure.errnum;
		if (failure.why[0] != '\0')
			note_refusal(options->argv[0], failure.why, record);
		return;
	}
	if (!options->agent)
		environment_clear(&env);
	note_lacks(options, record, failure.lacks);
	STEP("keep-started");
	tell_running(options->status_fd, rec);
	STEP("keep-told");
	follow(options, record, &env, outputs, pid);
}

/*
 * Not when somebody outside wants us to end, maybe with all else: a daemon
 * would start what is queued, in a session that ends.
 */
static void
revive(const struct keeper_options *options, bool leaves)
{
	sigset_t pending;

	/* one that came when nobody listened any more */
	sigpending(&pending);
	if (!leaves && sigismember(&pending, SIGTERM) != 1)
		revive_for_others(options->dir, options->daemon);
}

int
keeper_end_orphans(const struct keeper_options *options)
{
	int status;

	take_over_signals();
	detach(-1);
	cgroup_move(options->keepers);
	status = orphans_run(options->dir);
	revive(options, false);
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
	cgroup_move(options->keepers);
	rc = record_claim(&record, options->dir, options->cgroup, &err);
	if (rc == 1) {
		unlinkat(record.dirfd, KEEPER_ORDERS, 0); /* of old daemons */
		keep(options, &record);
		STEP("keep-ended");
		rc = record_finish(&record, &err);
		revive(options, record.leaves);
	}
	STEP("keep-leaving");
	if (rc < 0)
		print_strings(STDERR_FILENO, "ccproc-keeper: ", err.text, "\n",
		    NULL);
	return rc < 0;
}
