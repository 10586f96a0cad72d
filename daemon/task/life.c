/*
 * The life of a live task.  It is in one phase at a time; enter() is the only
 * way from one to the next.  It checks the step against the table below,
 * derives the state that others see, owns the one timer, writes the line of
 * the log and tells the watchers.
 *
 *            keeper starts        program runs          exit record read
 *   QUEUED ───────────────> STARTING ───────> RUNNING ──────────────────┐
 *     ^  │ cancelled, refused   │keeper died      │keeper was killed    v
 *     │  └──────────────────────┼─────────> ORPHANED ────────────> SUMMING_UP
 *     │                         │                                       │
 *     ├──────<─────────────────-┘     next run                          │
 *     └──────<──────────────────────────────────────────────────────────┤
 *                                     disk takes the record             v
 *                         UNRECORDED ────────────────────────────────> ENDED
 *
 * When something cannot be looked at just now (no descriptor is left, say)
 * the task is UNSEEN until the timer looks again.  What belongs to another
 * machine, or to a later version, is ELSEWHERE and left alone.
 *
 * Long because a life told in several files is told in none.
 */
#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/step.h"
#include "common/timefmt.h"
#include "daemon/os/loop.h"
#include "daemon/os/process.h"
#include "daemon/record/load.h"
#include "daemon/record/outcome.h"
#include "daemon/store/claim.h"
#include "daemon/store/delete.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/exit_record.h"
#include "daemon/task/inside.h"
#include "daemon/task/keeper.h"
#include "daemon/task/life.h"
#include "daemon/task/lineage.h"
#include "daemon/task/next_run.h"
#include "daemon/task/result.h"
#include "daemon/task/standing.h"
#include "daemon/worktree/worktree.h"

/*
 * Keepers that are started for one task before it counts as failed: two in
 * no time, the others in two minutes, since it may be the program of the
 * keeper that is not right just now.
 */
#define START_TRIES 12
#define START_PAUSE_MS 2000
#define START_PAUSE_MAX_MS 16000
/* Keepers that are started to end what a killed keeper has left. */
#define ORPHAN_TRIES 3
/* Time until an unseen task is looked at, or a refused record is written. */
#define AGAIN_MS 1000

/* ---- phases ---- */

#define TO(phase) (1U << TASK_##phase)
/* What a look at the disk and the claim may find; or the daemon lets go. */
#define SEEN \
	(TO(QUEUED) | TO(RUNNING) | TO(ORPHANED) | TO(SUMMING_UP) | \
	    TO(UNSEEN) | TO(ELSEWHERE) | TO(FOUND))

static const struct {
	const char *name;
	bool live;
	unsigned next; /* the phases that may come after it */
} phases[] = {
	[TASK_FOUND] = { "found", false,
	    TO(QUEUED) | TO(UNSEEN) | TO(DELETED) },
	[TASK_QUEUED] = { "queued", true, SEEN | TO(STARTING) },
	[TASK_STARTING] = { "starting", true, SEEN },
	[TASK_RUNNING] = { "running", true, SEEN },
	[TASK_ORPHANED] = { "orphaned", true, SEEN },
	[TASK_UNSEEN] = { "unseen", true, SEEN },
	[TASK_SUMMING_UP] = { "summing up", true,
	    TO(QUEUED) | TO(UNSEEN) | TO(UNRECORDED) | TO(ENDED) | TO(FOUND) },
	[TASK_UNRECORDED] = { "unrecorded", true,
	    TO(QUEUED) | TO(UNSEEN) | TO(ENDED) | TO(FOUND) | TO(DELETED) },
	[TASK_ENDED] = { "ended", false,
	    TO(QUEUED) | TO(UNSEEN) | TO(DELETED) },
	[TASK_ELSEWHERE] = { "elsewhere", false, TO(DELETED) },
	[TASK_DELETED] = { "deleted", false, 0 },
};

const char *
task_phase_name(enum task_phase phase)
{
	return phases[phase].name;
}

bool
task_is_live(const struct task *task)
{
	return phases[task->phase].live;
}

/* Whether it has a keeper, so that its program may ask questions. */
static bool
may_ask(const struct task *task)
{
	return task->phase == TASK_STARTING || task->phase == TASK_RUNNING;
}

/* The state that others see follows from the phase. */
static void
derive_state(struct task *task)
{
	struct record *rec = &task->rec;

	switch (task->phase) {
	case TASK_QUEUED:
		outcome_stands(rec, STATE_QUEUED);
		break;
	case TASK_STARTING:
	case TASK_RUNNING:
		outcome_stands(rec,
		    task->open_questions > 0 ? STATE_NEEDS_INPUT :
					       STATE_RUNNING);
		break;
	case TASK_ORPHANED:
	case TASK_SUMMING_UP:
		outcome_stands(rec, STATE_RUNNING);
		break;
	case TASK_UNSEEN: /* one that was queued may still be */
		if (rec->state != STATE_QUEUED)
			outcome_stands(rec, STATE_RUNNING);
		break;
	default: /* as the record says */
		break;
	}
}

static void on_again(int fd, short what, void *arg);

/* The one timer runs in the phases that wait for something to pass. */
static void
set_timer(struct task *task)
{
	if (task->timer != NULL)
		event_free(task->timer);
	task->timer = NULL;
	if (task->phase != TASK_UNSEEN && task->phase != TASK_UNRECORDED)
		return;
	task->timer = loop_timer_new(on_again, task);
	loop_timer_start(task->timer, AGAIN_MS);
}

/* "t7: completed", "t7: failed: exit code 3", "t7: timeout: idle" */
static void
log_end(const struct record *rec)
{
	char why[64] = "";

	if (rec->reason == REASON_EXIT_CODE)
		snprintf(why, sizeof(why), ": exit code %" PRId64,
		    rec->exit.exit_code);
	else if (rec->reason == REASON_SIGNAL)
		snprintf(why, sizeof(why), ": signal %" PRId64,
		    rec->exit.exit_signal);
	else if (rec->reason != REASON_NONE)
		snprintf(why, sizeof(why), ": %s", reason_name(rec->reason));
	log_info(TASK_ID ": %s%s", rec->number, state_name(rec->state), why);
}

/*
 * One line for each change that somebody would look for; the other steps are
 * for those who debug.
 */
static void
log_phase(const struct task *task, enum task_phase from)
{
	const struct record *rec = &task->rec;

	log_debug(TASK_ID ": %s, was %s", rec->number, phases[task->phase].name,
	    phases[from].name);
	if (task->phase == TASK_QUEUED && from != TASK_UNSEEN)
		log_info(TASK_ID ": %s%squeued", rec->number, rec->run.name,
		    rec->run.name[0] == '\0' ? "" : " ");
	else if (task->phase == TASK_RUNNING && from == TASK_STARTING)
		log_info(TASK_ID ": running", rec->number);
	else if (from == TASK_SUMMING_UP && record_ended(rec))
		log_end(rec);
}

static void
enter(struct task *task, enum task_phase phase)
{
	enum task_phase from = task->phase;
	unsigned news = TASK_ENTERED(phase);

	assert((phases[from].next & 1U << phase) != 0);
	task_ref(task);
	task->phase = phase;
	if (!may_ask(task))
		task->open_questions = 0;
	derive_state(task);
	set_timer(task);
	log_phase(task, from);
	if (phases[phase].live && !phases[from].live)
		task_enlist(task_ref(task));
	else if (phases[from].live && !phases[phase].live) {
		task_delist(task);
		task_unref(task);
	} else if (phases[phase].live)
		task_relist(task);
	if (phase == TASK_RUNNING && from != TASK_STARTING)
		news |= TASK_TAKEN_OVER;
	if (may_ask(task))
		keeper_hold_to_time(task->keeper, &task->rec,
		    phase == TASK_STARTING);
	task_tell(task, news);
	task_unref(task);
}

void
task_set_open_questions(struct task *task, size_t n)
{
	task->open_questions = may_ask(task) ? n : 0;
	derive_state(task);
	task_tell(task, TASK_QUESTIONS);
}

/* ---- the end ---- */

static void examine(struct task *task);

static void
close_status(struct task *task)
{
	if (task->status == NULL)
		return;
	close(event_get_fd(task->status));
	event_free(task->status);
	task->status = NULL;
}

static void
release_keeper(struct task *task)
{
	close_status(task);
	process_free(task->keeper);
	task->keeper = NULL;
}

/* Something is used up that comes back (descriptors, say): looks again soon. */
static void
unsee(struct task *task, const struct error *err)
{
	log_warnx(TASK_ID ": %s", task->rec.number, err->text);
	enter(task, TASK_UNSEEN);
}

static int finish(struct task *task, enum stop_reason reason, const char *note);

/*
 * The run has ended and is recorded: makes the task what its next run is, if
 * there is one.  What was said before a stop is not heard after it.
 */
static bool
become_next_run(struct task *task)
{
	struct error err;

	if (!next_run_accepted(&task->rec, !task->stopping))
		return false;
	if (next_run_load(&task->rec, &err) != 0) {
		fail_prefix(&err, "its next run");
		if (!error_passes(&err)) {
			log_warnx(TASK_ID ": %s", task->rec.number, err.text);
			return false;
		}
		unsee(task, &err); /* seen again it ends again */
		return true;
	}
	task->start_tries = task->orphan_tries = 0;
	enter(task, TASK_QUEUED);
	if (task->stopping &&
	    finish(task, STOP_USER, "stopped before it began") != 0)
		examine(task);
	return true;
}

/* Its link in live/ goes after those who watch have noted what they must. */
static void
end_for_good(struct task *task)
{
	task_ref(task);
	enter(task, TASK_ENDED);
	if (!task->unsettled)
		task_settle(task);
	task_unref(task);
}

/* The second half of summing up, after the look at the worktree. */
static void
sum_up(struct task *task)
{
	struct error err;

	if (result_take(&task->rec) != 0 && task->recorded) {
		fail(&err, ERR_SYSTEM, "its output cannot be read just now");
		unsee(task, &err);
		return;
	}
	outcome_judge(&task->rec);
	result_inherit(&task->rec);
	if (!task->recorded)
		enter(task, TASK_UNRECORDED);
	else if (!become_next_run(task))
		end_for_good(task);
}

static void
on_looked(void *arg)
{
	struct task *task = arg;

	task->look = NULL;
	sum_up(task);
}

/* The run has an exit record; recorded: it is on disk. */
static void
end(struct task *task, bool recorded)
{
	STEP("end-seen");
	release_keeper(task);
	task->recorded = recorded;
	if (recorded)
		store_note_end(&task->rec);
	enter(task, TASK_SUMMING_UP);
	if (worktree_made(&task->rec))
		task->look = worktree_look_new(&task->rec, on_looked, task);
	if (task->look == NULL)
		sum_up(task);
}

/*
 * Ends a task that no keeper has; its record is written later where the disk
 * does not take it now.  -1: a keeper has the claim, or had it until now.
 */
static int
finish(struct task *task, enum stop_reason reason, const char *note)
{
	struct error err;
	int result = exit_record_make(&task->rec, reason, note, &err);

	if (result != 0 && err.code == ERR_BUSY)
		return -1;
	if (result != 0) {
		log_warnx(TASK_ID ": no exit record: %s", task->rec.number,
		    err.text);
		exit_record_fill(&task->rec, reason, note);
	}
	end(task, result == 0);
	return 0;
}

/* Ends the task; when a keeper has it after all, looks what that does. */
static void
finish_or_look(struct task *task, enum stop_reason reason, const char *note)
{
	if (finish(task, reason, note) != 0)
		examine(task);
}

static void
finish_unstarted(struct task *task, const char *stage, int errnum,
    const char *note)
{
	struct exitrec *exit = &task->rec.exit;

	snprintf(exit->spawn_stage, sizeof(exit->spawn_stage), "%s", stage);
	exit->spawn_errno = errnum;
	finish_or_look(task, STOP_NONE, note);
}

/* Another try to write the record that the disk has refused so far. */
static void
write_refused_record(struct task *task)
{
	struct error err;
	int result = exit_record_write(&task->rec, &err);

	if (result != 0 && err.errnum == ENOENT) {
		log_warnx(TASK_ID ": its files are gone, and with them "
				  "its exit record",
		    task->rec.number);
		end_for_good(task);
	} else if (result != 0 && err.code != ERR_BUSY)
		loop_timer_start(task->timer, AGAIN_MS);
	else {
		log_info(TASK_ID ": its exit record is written now",
		    task->rec.number);
		store_note_end(&task->rec);
		if (!become_next_run(task))
			end_for_good(task);
	}
}

static void
on_again(int fd, short what, void *arg)
{
	struct task *task = arg;

	(void)fd;
	(void)what;
	if (task->phase == TASK_UNRECORDED)
		write_refused_record(task);
	else
		examine(task);
}

/* ---- what became of a task without a keeper of ours ---- */

static void gone(void *arg);

static void
pause_start(struct task *task)
{
	int64_t ms = START_PAUSE_MS;
	int i;

	for (i = 2; i < task->start_tries && ms < START_PAUSE_MAX_MS; i++)
		ms *= 2;
	task->start_at = time_mono_ms() + ms;
}

/* Another one was accepted in its place. */
static void
give_way(struct task *task)
{
	char note[40];

	snprintf(note, sizeof(note), "replaced by " TASK_ID, task->replaced_by);
	task->rec.exit.replaced_by = (int64_t)task->replaced_by;
	finish_or_look(task, STOP_USER, note);
}

/*
 * No keeper has claimed it.  One that was told to stop does not begin; one
 * whose keepers die before they have begun is given up.
 */
static void
requeue(struct task *task)
{
	if (task->replaced_by != 0)
		give_way(task);
	else if (task->stopping)
		finish_or_look(task, STOP_USER, "cancelled before it began");
	else if (++task->start_tries == START_TRIES)
		finish_unstarted(task, "keeper", 0,
		    "the keeper ended before it began, several times; "
		    "ccprocd's log may say why");
	else {
		if (task->phase == TASK_STARTING)
			log_warnx(TASK_ID ": its keeper ended before it "
					  "began, starting it again",
			    task->rec.number);
		store_unmark_start(&task->rec);
		if (task->start_tries > 1)
			pause_start(task);
		enter(task, TASK_QUEUED);
	}
}

/*
 * Its keeper was killed: another one ends what it has left.  When that does
 * not come about the daemon writes what it knows.
 */
static void
end_orphans(struct task *task, const char *note)
{
	struct error err;

	if (task->orphan_tries == ORPHAN_TRIES) {
		finish_or_look(task, STOP_KEEPER_LOST, note);
		return;
	}
	task->keeper = keeper_spawn_orphans(&task->rec, gone, task, &err);
	if (task->keeper != NULL) {
		task->orphan_tries++;
		log_warnx(TASK_ID ": its keeper was killed, another one "
				  "ends what it has left",
		    task->rec.number);
		enter(task, TASK_ORPHANED);
	} else if (error_passes(&err)) {
		unsee(task, &err);
	} else {
		log_warnx(TASK_ID ": %s", task->rec.number, err.text);
		finish_or_look(task, STOP_KEEPER_LOST, note);
	}
}

/* A keeper that has gone is no error: its pidfd tells that soon. */
static int
tell_keeper(const struct task *task, struct error *err)
{
	int errnum = 0;

	if (keeperctl_check(&task->rec.exit, "stop", err) != 0)
		return -1;
	STEP("stop-unsent");
	if (!process_insist(task->keeper, KEEPER_SIGNAL, task->stop_value))
		errnum = errno;
	log_debug(TASK_ID ": keeper %d: stop: %s", task->rec.number,
	    (int)process_pid(task->keeper),
	    errnum == 0 ? "told" : strerror(errnum));
	if (errnum != 0 && errnum != ESRCH) {
		errno = errnum;
		fail_errno(err,
		    "its keeper cannot be told to stop it; try again");
		return -1;
	}
	STEP("stop-sent");
	return 0;
}

/* A keeper that an earlier daemon started holds the claim. */
static void
watch_keeper(struct task *task, pid_t pid, enum task_phase phase)
{
	struct error err;

	task->keeper = standing_watch(&task->rec, pid, gone, task, &err);
	if (task->keeper == NULL && err.errnum != ESRCH) {
		unsee(task, &err); /* no descriptor for it now */
		return;
	}
	if (task->keeper == NULL) {
		examine(task);
		return;
	}
	if (task->stopping && /* it was another keeper that was told */
	    tell_keeper(task, &err) != 0)
		log_warnx(TASK_ID ": %s", task->rec.number, err.text);
	enter(task, phase);
}

static void
leave_alone(struct task *task, const char *why)
{
	log_warnx(TASK_ID ": %s", task->rec.number, why);
	enter(task, TASK_ELSEWHERE);
}

/* Finds out what became of a task without a keeper of ours. */
static void
examine(struct task *task)
{
	struct error err;
	pid_t holder;

	switch (standing_of(&task->rec, &holder, &err)) {
	case STANDING_ENDED:
		end(task, true);
		break;
	case STANDING_KEPT:
		watch_keeper(task, holder, TASK_RUNNING);
		break;
	case STANDING_SWEPT:
		watch_keeper(task, holder, TASK_ORPHANED);
		break;
	case STANDING_UNCLAIMED:
		requeue(task);
		break;
	case STANDING_UNSTARTABLE:
		log_warnx(TASK_ID ": is not started: %s", task->rec.number,
		    err.text);
		finish_or_look(task, STOP_REBOOT, err.text);
		break;
	case STANDING_COMPLETE:
		finish_or_look(task, STOP_NONE, "");
		break;
	case STANDING_ORPHANED:
		end_orphans(task,
		    "its keeper was killed; processes of it may still be "
		    "there");
		break;
	case STANDING_DAMAGED:
		end_orphans(task, "its run record is damaged");
		break;
	case STANDING_REBOOTED:
		finish_or_look(task, STOP_REBOOT,
		    "the machine was restarted while it ran");
		break;
	case STANDING_NEWER:
		leave_alone(task,
		    "its record is of a later version, left alone");
		break;
	case STANDING_ELSEWHERE:
		leave_alone(task, err.text);
		break;
	case STANDING_REMOVED:
		log_warnx(TASK_ID ": %s", task->rec.number, err.text);
		exit_record_fill(&task->rec, STOP_KEEPER_LOST,
		    "its directory was removed");
		end(task, true); /* there is nowhere to record that */
		break;
	case STANDING_UNSEEN:
		unsee(task, &err);
		break;
	}
}

static void
gone(void *arg)
{
	struct task *task = arg;

	release_keeper(task);
	examine(task);
}

/* ---- the beginning ---- */

/* It has the running byte and the claim, or has ended: the pidfd tells more. */
static void
on_status(int fd, short what, void *arg)
{
	struct task *task = arg;
	char text[1 + EXITREC_PIECE_BYTES + 1]; /* one closes it */
	ssize_t n;

	(void)what;
	n = read(fd, text, sizeof(text) - 1);
	if (n < 1 || text[0] != KEEPER_RUNNING) {
		event_del(task->status);
		return;
	}
	standing_claimed(&task->rec, text + 1, (size_t)n - 1);
	STEP("running-seen");
	close_status(task);
	enter(task, TASK_RUNNING);
}

/* Listens to the keeper's pipe; one that cannot be heard counts as running. */
static void
await_program(struct task *task, int fd)
{
	enter(task, TASK_STARTING);
	task->status = event_new(loop_base(), fd, EV_READ | EV_PERSIST,
	    on_status, task);
	if (task->status != NULL && event_add(task->status, NULL) == 0)
		return;
	log_warn(TASK_ID ": cannot hear whether its program runs",
	    task->rec.number);
	close_status(task);
	enter(task, TASK_RUNNING);
}

int
task_start(struct task *task, struct error *err)
{
	int fd;

	task->keeper = keeper_spawn(&task->rec, &fd, gone, task, err);
	if (task->keeper == NULL) {
		if (error_passes(err))
			return -1;
		finish_unstarted(task, "exec", err->errnum, err->text);
		return 0;
	}
	STEP("keeper-spawned");
	lineage_open(task->rec.number);
	await_program(task, fd);
	return 0;
}

void
life_begin(struct task *task)
{
	enter(task, TASK_QUEUED);
}

void
life_take_over(struct task *task, bool held)
{
	task->held = held;
	enter(task, TASK_UNSEEN);
	STEP("adopt-unexamined");
	examine(task);
}

int
life_go_on(struct task *task, struct error *err)
{
	if (task_is_live(task)) {
		task_tell(task, TASK_MESSAGE);
		return 0;
	}
	task->stopping = false;
	if (next_run_load(&task->rec, err) == 0)
		enter(task, TASK_QUEUED);
	else if (error_passes(err))
		unsee(task, err);
	else
		return -1;
	return 0;
}

/* ---- what others do to it ---- */

void
life_give_way(struct task *task, uint64_t by)
{
	task->replaced_by = by;
	if (task->phase == TASK_QUEUED)
		give_way(task);
}

void
task_refuse(struct task *task, enum stop_reason reason, const char *note)
{
	finish_or_look(task, reason, note);
}

static int
cancel_queued(struct task *task, struct error *err)
{
	if (exit_record_make(&task->rec, STOP_USER, "cancelled in the queue",
		err) != 0)
		return -1;
	end(task, true);
	return 0;
}

int
task_stop(struct task *task, enum keeper_mode mode, unsigned grace_s,
    struct error *err)
{
	if (record_ended(&task->rec))
		return 0;
	if (!task_is_live(task)) {
		fail(err, ERR_BUSY,
		    TASK_ID
		    " is not held by this daemon: "
		    "it belongs to another machine or container; stop it "
		    "there",
		    task->rec.number);
		return -1;
	}
	task->stop_value = keeperctl_value(mode, STOP_USER, grace_s);
	if (task->phase == TASK_QUEUED)
		return cancel_queued(task, err);
	task->stopping = true; /* whatever it turns out to be */
	if (task->keeper == NULL || tell_keeper(task, err) == 0)
		return 0;
	task->stopping = false;
	return -1;
}

int
task_delete(struct task *task, struct error *err)
{
	if (task->phase == TASK_DELETED)
		return 0;
	if (store_delete(&task->rec, err) != 0)
		return -1;
	enter(task, TASK_DELETED);
	return 0;
}

void
task_forget_all(void)
{
	struct task *task;

	while ((task = task_next_live(NULL)) != NULL) {
		release_keeper(task);
		worktree_look_free(task->look);
		task->look = NULL;
		enter(task, TASK_FOUND);
	}
}
