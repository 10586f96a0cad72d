/*
 * The state machine of a running task.  See watch.h.
 *
 * running    until the main process has gone or somebody stops it
 * stopping   the main process was told; at the end of the grace: kill
 * lingering  it has gone by itself, what it started gets a moment
 * ending     all that is left was told to go; then: kill
 *
 * While it is paused, which only a running one can be, no time passes.
 *
 * The task is over when there is no child left: as a subreaper we are the
 * parent of every descendant whose own parent has gone.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/wait.h>

#include "common/keeperctl.h"
#include "common/step.h"
#include "keeper/cgroup.h"
#include "keeper/clock.h"
#include "keeper/keeper.h"
#include "keeper/pause.h"
#include "keeper/record.h"
#include "keeper/revive.h"
#include "keeper/signals.h"
#include "keeper/streams.h"
#include "keeper/tree.h"
#include "keeper/watch.h"

/* After another first signal, as of agents, so long until SIGTERM. */
#define TERM_MS 3000
/* What outlives the main process gets this long, */
#define LINGER_MS 2000
/* and this long after SIGTERM when nobody has stopped the task. */
#define ENDING_MS 500
/* Then it is killed, in rounds; what is alive after this stays alive. */
#define KILL_MS 5000
/* Whoever ends all processes of a session sends to us a moment later. */
#define LATE_TERM_MS 500
/* Walks of one round that stop what still runs, and forks. */
#define STOP_WALKS 8
/* The longest pause between rounds. */
#define ROUND_MS 50
/*
 * A cgroup is killed without rounds while pauses are this short.  Rounds find
 * who has left it, and whose first thread has ended, whom the kernel misses.
 */
#define ALONE_MS 4

/* Signals to it that are remembered, so that none is sent twice. */
#define TOLD_MAX 16

enum phase { RUNNING, STOPPING, LINGERING, ENDING };

struct watch {
	const struct keeper_options *options;
	struct record *record;
	struct streams *streams;
	pid_t main; /* 0: has gone and was reaped */
	bool empty; /* no child is left */
	enum phase phase;
	int64_t due;  /* when the phase is over, CLOCK_MONOTONIC in ms */
	int64_t term; /* when the stopping main process gets SIGTERM */
	struct pause pause;
	unsigned told[TOLD_MAX]; /* marks of orders, and 1 */
	size_t ntold;
	sigset_t signals;
};

static int64_t
now(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

static int64_t
min(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Goes on, as if no time had passed since it was paused. */
static void
unpause(struct watch *w)
{
	int64_t ms = pause_end(&w->pause, w->record);

	if (w->due != CLOCK_NEVER)
		w->due += ms;
	agent_shift(&w->streams->agent, ms);
	idle_shift(&w->streams->idle, ms);
}

/* Until it is reaped the pid of our child is nobody else's. */
static void
tell_main(const struct watch *w, int sig)
{
	kill(w->main, sig);
	STEP("keep-stop-sent");
	kill(w->main, SIGCONT);
}

static void
end_all(struct watch *w, int64_t due)
{
	w->phase = ENDING;
	w->due = due;
	w->term = CLOCK_NEVER;
	tree_signal(SIGTERM);
	tree_signal(SIGCONT);
}

static void
main_ended(struct watch *w, int status)
{
	record_main(w->record, w->main, status);
	w->main = 0;
}

static void
reap(struct watch *w)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG | __WALL)) > 0)
		if (pid == w->main)
			main_ended(w, status);
	w->empty = pid < 0 && errno == ECHILD;
}

/* After SIGCHLD: has that been the main process, or the last one? */
static void
look_after_children(struct watch *w)
{
	bool had_main = w->main != 0;

	reap(w);
	if (w->empty || w->main != 0 || !had_main)
		return;
	unpause(w); /* it was killed */
	if (w->phase == STOPPING) {
		/* The others have not been told yet. */
		end_all(w, min(w->due, now() + LINGER_MS));
		return;
	}
	w->phase = LINGERING;
	w->due = now() + LINGER_MS;
}

/* First stop whatever can fork, or there is always one more. */
static void
kill_round(const struct watch *w)
{
	int i;

	for (i = 0; i < STOP_WALKS; i++)
		if (tree_signal(SIGSTOP).running == 0)
			break;
	STEP("keep-kill-unsent");
	tree_signal(SIGKILL);
	if (w->main != 0) /* even without /proc */
		kill(w->main, SIGKILL);
}

static void
kill_all(struct watch *w)
{
	int64_t end = now() + KILL_MS, pause = 1;
	sigset_t child;

	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	while (!w->empty && now() < end) {
		if (!cgroup_kill(&w->record->cgroup) || pause > ALONE_MS)
			kill_round(w);
		signals_wait(&child, NULL, pause);
		pause = min(2 * pause, ROUND_MS);
		reap(w);
	}
	if (!w->empty)
		record_unkillable(w->record);
}

/*
 * Whatever the order of stops, the first one's reason stays and the soonest
 * end counts.  When the main process has ended by itself, a stop only
 * shortens what the others get.
 */
static void
stop(struct watch *w, enum keeper_mode mode, enum stop_reason reason,
    unsigned grace_s)
{
	int64_t t = now(), due = t;

	/* Has it ended?  The signal that says so may come after this one. */
	look_after_children(w);
	if (mode != KEEPER_NOW)
		due += (int64_t)grace_s * 1000;
	if (w->empty)
		return;
	if (w->phase == RUNNING) {
		unpause(w);
		w->record->rec.stop_reason = reason;
		w->phase = STOPPING;
		w->due = due;
		if (mode == KEEPER_NOW)
			return;
		tell_main(w, w->options->stop_signal);
		if (w->options->stop_signal != SIGTERM)
			w->term = t + TERM_MS;
	} else if (w->phase == LINGERING) {
		record_leftovers(w->record);
		end_all(w, min(due, t + ENDING_MS));
	} else {
		w->due = min(w->due, due);
	}
}

static void
stop_by_itself(struct watch *w, enum stop_reason reason)
{
	stop(w, KEEPER_GRACEFUL, reason, w->options->grace_s);
}

/* Has what runs been silent for too long? */
static void
check_silence(struct watch *w)
{
	struct streams *streams = w->streams;

	if (w->pause.since != 0)
		return;
	if (w->phase == RUNNING && now() >= streams->agent.due &&
	    agent_lingers(&streams->agent))
		stop_by_itself(w, STOP_LINGER);
	if (w->phase == RUNNING && now() >= streams->idle.due &&
	    idle_expired(&streams->idle))
		stop_by_itself(w, STOP_IDLE);
}

/* Does what is due; false when only killing is left. */
static bool
advance(struct watch *w)
{
	int64_t t = now();

	if (w->pause.since != 0)
		return true;
	if (t >= w->term) {
		w->term = CLOCK_NEVER;
		tell_main(w, SIGTERM);
	}
	if (t < w->due)
		return true;
	if (w->phase == RUNNING) {
		stop_by_itself(w, STOP_WALL);
		return true;
	}
	if (w->phase == LINGERING) {
		record_leftovers(w->record);
		end_all(w, t + ENDING_MS);
		return true;
	}
	return false;
}

static void
check_output(struct watch *w)
{
	struct streams *streams = w->streams;
	bool exceeded;

	if (w->empty || now() < streams->cap.due)
		return;
	exceeded = cap_exceeded(&streams->cap);
	agent_look(&streams->agent);
	if (exceeded)
		stop(w, KEEPER_NOW, STOP_OUTPUT_LIMIT, 0);
}

/* Whether that order has come already, from a daemon that died of it. */
static bool
was_told(struct watch *w, int value)
{
	unsigned mark = keeperctl_mark(value) + 1;
	size_t i;

	for (i = 0; keeperctl_is_again(value) && i < TOLD_MAX; i++)
		if (w->told[i] == mark)
			return true;
	w->told[w->ntold++ % TOLD_MAX] = mark;
	return false;
}

static void
obey(struct watch *w, int value)
{
	int signo = keeperctl_signo(value);

	look_after_children(w); /* has it ended? */
	if (w->main == 0)
		return;
	switch (keeperctl_order_of(value)) {
	case KEEPER_PAUSE:
		if (w->phase == RUNNING)
			pause_begin(&w->pause, w->record);
		break;
	case KEEPER_UNPAUSE:
		unpause(w);
		break;
	case KEEPER_TELL:
		if (!was_told(w, value))
			kill(w->main, signo);
		break;
	case KEEPER_TELL_TREE:
		if (!was_told(w, value))
			tree_signal(signo);
		break;
	}
}

/*
 * The daemon holds a keeper to the timeout by its own clock, which does not
 * stand still in a pause.
 */
static void
stop_as_told(struct watch *w, int value)
{
	enum stop_reason reason = keeperctl_reason(value);

	if (reason >= STOP_INTERRUPTED)
		w->record->leaves = true;
	if (reason == STOP_WALL && w->phase == RUNNING &&
	    (w->pause.since != 0 || (w->pause.total > 0 && now() < w->due)))
		return;
	stop(w, keeperctl_mode(value), reason, keeperctl_grace_s(value));
}

static void
take_signal(struct watch *w, const siginfo_t *info)
{
	if (info->si_signo == SIGCHLD) {
		look_after_children(w);
	} else if (info->si_signo == SIGIO) {
		cap_written(&w->streams->cap);
	} else if (info->si_signo == KEEPER_SIGNAL_DAEMON) {
		if (!w->record->leaves)
			revive_daemon(w->options->dir, w->options->daemon);
	} else if (info->si_signo == SIGTERM) {
		/* pkill, a shutdown, the end of a session: not the user */
		w->record->leaves = true;
		stop_by_itself(w, STOP_INTERRUPTED);
	} else if (info->si_code == SI_QUEUE) {
		if (keeperctl_is_stop(info->si_value.sival_int))
			stop_as_told(w, info->si_value.sival_int);
		else
			obey(w, info->si_value.sival_int);
	}
}

static int64_t
next_due(const struct watch *w)
{
	const struct streams *streams = w->streams;
	int64_t due = min(min(w->due, w->term), streams->cap.due);

	if (w->pause.since != 0)
		return streams->cap.due;
	if (w->phase == RUNNING)
		due = min(due, min(streams->agent.due, streams->idle.due));
	return due;
}

/* Sleeps until a signal comes or something is due. */
static void
wait_for_signal(struct watch *w)
{
	int64_t due = next_due(w), ms = -1;
	siginfo_t info;
	int sig;

	if (due != CLOCK_NEVER)
		ms = due > now() ? due - now() : 0;
	sig = signals_wait(&w->signals, &info, ms);
	if (sig > 0)
		take_signal(w, &info);
}

/* The program may end of a SIGTERM to all of us before we have taken ours. */
static void
heed_late_term(struct watch *w)
{
	struct exitrec *rec = &w->record->rec;
	sigset_t term;

	if (rec->stop_reason != STOP_NONE ||
	    (rec->exit_signal != SIGTERM && rec->exit_code != 128 + SIGTERM))
		return;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	if (signals_wait(&term, NULL, w->record->leaves ? 0 : LATE_TERM_MS) ==
	    SIGTERM)
		w->record->leaves = true;
	if (w->record->leaves)
		rec->stop_reason = STOP_INTERRUPTED;
}

static void
set_signals(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGCHLD);
	sigaddset(signals, SIGIO);
	sigaddset(signals, SIGTERM);
	sigaddset(signals, KEEPER_SIGNAL);
	sigaddset(signals, KEEPER_SIGNAL_DAEMON);
}

void
watch(const struct keeper_options *options, struct record *record,
    struct streams *streams, pid_t pid)
{
	struct watch w = { .options = options, .record = record };

	w.streams = streams;
	w.main = pid;
	w.due = w.term = CLOCK_NEVER;
	set_signals(&w.signals);
	if (options->timeout_s != 0)
		w.due = now() + (int64_t)options->timeout_s * 1000;
	while (!w.empty) {
		wait_for_signal(&w);
		check_output(&w);
		if (!w.empty)
			check_silence(&w);
		if (!w.empty && !advance(&w)) {
			kill_all(&w);
			break;
		}
	}
	pause_finish(&w.pause, record);
	heed_late_term(&w);
}
