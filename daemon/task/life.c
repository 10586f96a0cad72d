/*
 * The life of tasks: starting their keeper, hearing from it, stopping,
 * finding out what became of one that is not ours.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "common/machine.h"
#include "common/step.h"
#include "daemon/os/loop.h"
#include "daemon/os/process.h"
#include "daemon/question/question.h"
#include "daemon/store/store.h"
#include "daemon/task/keeper.h"
#include "daemon/task/lineage.h"
#include "daemon/task/parts.h"

/* A keeper that ends before its claim is started again so often. */
#define START_TRIES 3
#define LOOK_AGAIN_MS 1000
/* So often something may end the keeper that is to end orphans. */
#define ORPHAN_TRIES 3

static void gone(void *arg);
static void release_number(uint64_t number);

/* A terminal record of the daemon's own, unless a keeper was faster. */
static void
finish(struct task *task, enum stop_reason stop_reason, const char *note)
{
	if (task_finish(task, stop_reason, note) != 0)
		task_examine(task);
}

static void
finish_spawn_error(struct task *task, const char *stage, int errnum,
    const char *note)
{
	snprintf(task->rec.exit.spawn_stage, sizeof(task->rec.exit.spawn_stage),
	    "%s", stage);
	task->rec.exit.spawn_errno = errnum;
	finish(task, STOP_NONE, note);
}

/* One that was told to stop and ended before it began does not begin. */
static void
requeue(struct task *task)
{
	if (task->stopping) {
		finish(task, STOP_USER, "cancelled before it began");
		return;
	}
	if (++task->tries < START_TRIES) {
		if (record_running(&task->rec))
			log_warnx("t%" PRIu64 ": its keeper ended before it "
				  "began, starting it again",
			    task->rec.number);
		task->rec.state = STATE_QUEUED;
		task_slot_free();
		return;
	}
	finish_spawn_error(task, "keeper", 0,
	    "the keeper ended before it "
	    "began, several times; ccprocd's log may say why");
}

/* Pids and locks of another machine or container tell us nothing. */
static bool
ran_elsewhere(const struct machine *there, const struct machine *here)
{
	return strcmp(there->id, here->id) != 0 ||
	    (strcmp(there->boot, here->boot) == 0 &&
		strcmp(there->pidns, here->pidns) != 0);
}

/* No longer ours to follow; who waits for it hears of that. */
static void
leave_alone(struct task *task)
{
	task_ref(task);
	task_delist(task);
	task_tell(task);
	task_slot_free();
	task_unref(task);
}

static void
on_again(int fd, short what, void *arg)
{
	struct task *task = arg;

	(void)fd;
	(void)what;
	if (task->keeper == NULL)
		task_examine(task);
}

void
task_look_later(struct task *task)
{
	task->unsure = true; /* it may be running: the queue leaves it alone */
	if (task->again != NULL)
		event_free(task->again);
	task->again = loop_timer_new(on_again, task);
	loop_timer_start(task->again, LOOK_AGAIN_MS);
}

/* Out of descriptors, say; or its own program removed its directory. */
static void
look_again(struct task *task, const struct error *err)
{
	log_warnx("t%" PRIu64 ": %s", task->rec.number, err->text);
	if (err->code == ERR_NOT_FOUND) {
		task_end_without_record(task, "its directory was removed");
		return;
	}
	if (err->code == ERR_BUSY) {
		leave_alone(task);
		return;
	}
	task_look_later(task);
}

/* What passes: no process, memory or descriptor is left just now. */
static bool
is_passing(int errnum)
{
	return errnum == EAGAIN || errnum == ENOMEM || errnum == EMFILE ||
	    errnum == ENFILE || errnum == ENOSPC; /* epoll_ctl(2) */
}

/*
 * Its keeper was killed: another one ends what it has left.  When that does
 * not come about the daemon writes what it knows.
 */
static void
end_orphans(struct task *task, const char *note)
{
	struct error err;

	task->rec.state = STATE_RUNNING;
	question_forget(task); /* who asked has no keeper now, and is ended */
	if (task->orphan_tries == ORPHAN_TRIES) {
		finish(task, STOP_KEEPER_LOST, note);
		return;
	}
	task->keeper = keeper_spawn_orphans(&task->rec, gone, task, &err);
	if (task->keeper != NULL) {
		task->orphan_tries++;
		log_warnx("t%" PRIu64 ": its keeper was killed, another one "
			  "ends what it has left",
		    task->rec.number);
	} else if (is_passing(err.errnum)) {
		look_again(task, &err);
	} else {
		log_warnx("t%" PRIu64 ": %s", task->rec.number, err.text);
		finish(task, STOP_KEEPER_LOST, note);
	}
}

static void
judge_lost(struct task *task)
{
	const struct machine *there = &task->rec.exit.machine;
	struct machine here;

	machine_read(&here);
	if (task->rec.exit.complete)
		finish(task, STOP_NONE, "");
	else if (there->boot[0] == '\0')
		end_orphans(task, "its run record is damaged");
	else if (ran_elsewhere(there, &here)) {
		log_warnx("t%" PRIu64 ": belongs to another machine or "
			  "container, left alone",
		    task->rec.number);
		leave_alone(task);
	} else if (strcmp(there->boot, here.boot) != 0)
		finish(task, STOP_REBOOT,
		    "the machine was restarted while it ran");
	else
		end_orphans(task,
		    "its keeper was killed; processes of it "
		    "may still be there");
}

/* What a later version has written is for that to judge. */
static void
leave_to_newer(struct task *task)
{
	log_warnx("t%" PRIu64 ": its record is of a later version, left alone",
	    task->rec.number);
	leave_alone(task);
}

/* No exit record, nobody holds the claim: what does `run` say? */
static void
judge_abandoned(struct task *task, int dirfd)
{
	struct error err;
	int have = exitrec_read(dirfd, "run", &task->rec.exit, &err);

	if (have != 0 && err.code == ERR_NOT_FOUND)
		requeue(task);
	else if (have != 0 && err.code == ERR_SYSTEM)
		look_again(task, &err);
	else if (have == 0 && task->rec.exit.version > EXITREC_VERSION)
		leave_to_newer(task);
	else
		judge_lost(task);
}

/* One that has gone is no error: what became of the task is found soon. */
static int
tell_keeper(const struct task *task, struct error *err)
{
	bool told;

	STEP("stop-unsent");
	told = process_signal(task->keeper, KEEPER_SIGNAL, task->stop_value);
	if (!told && errno != ESRCH) {
		fail_errno(err,
		    "its keeper cannot be told to stop it; try again");
		return -1;
	}
	STEP("stop-sent");
	return 0;
}

static void
watch_keeper(struct task *task, pid_t pid, int dirfd)
{
	struct error err;

	task->keeper = process_adopt(pid, gone, task, &err);
	if (task->keeper == NULL && err.errnum != ESRCH) {
		look_again(task, &err); /* no descriptor for it now */
		return;
	}
	/* It is the keeper only if it still holds the claim. */
	if (task->keeper != NULL && store_claim_holder(dirfd, &err) == pid) {
		if (exitrec_read(dirfd, "run", &task->rec.exit, &err) != 0)
			memset(&task->rec.exit, 0, sizeof(task->rec.exit));
		task->rec.state = STATE_RUNNING;
		question_look(task);
		if (task->stopping && /* it was another that was told */
		    tell_keeper(task, &err) != 0)
			log_warnx("t%" PRIu64 ": %s", task->rec.number,
			    err.text);
		return;
	}
	task_release_keeper(task);
	task_examine(task);
}

/*
 * What is the matter with a live task that has no keeper of ours?  The
 * order of looking is the one that makes each answer sure: the record, the
 * claim, the record once more, what the claim left.
 */
void
task_examine(struct task *task)
{
	struct error err;
	pid_t holder;
	int dirfd, have;

	task->unsure = false;
	dirfd = store_open_task(task->rec.dir, &err);
	if (dirfd == -1) {
		look_again(task, &err);
		return;
	}
	have = record_read_exit(&task->rec, dirfd, &err);
	holder = have == 0 ? 0 : store_claim_holder(dirfd, &err);
	if (have != 0 && holder == 0)
		have = record_read_exit(&task->rec, dirfd, &err);
	STEP("examined");
	if (have == 0)
		task_end(task, true);
	else if (holder > 0)
		watch_keeper(task, holder, dirfd);
	else if (holder == 0 && err.code == ERR_NEWER)
		leave_to_newer(task);
	else if (holder == 0)
		judge_abandoned(task, dirfd);
	else
		look_again(task, &err);
	close(dirfd);
}

static void
gone(void *arg)
{
	struct task *task = arg;

	task_release_keeper(task);
	task_examine(task);
}

/* The running byte, or the end of the pipe: then the pidfd tells more. */
static void
on_status(int fd, short what, void *arg)
{
	struct task *task = arg;
	struct error err;
	char byte;
	int dirfd;

	(void)what;
	if (read(fd, &byte, 1) == 1 && byte == KEEPER_RUNNING) {
		dirfd = store_open_task(task->rec.dir, &err);
		if (dirfd != -1) {
			exitrec_read(dirfd, "run", &task->rec.exit, &err);
			close(dirfd);
		}
		STEP("running-seen");
		log_info("t%" PRIu64 ": running", task->rec.number);
		task_close_status(task);
		task_tell(task);
	} else /* until the keeper is gone we do not know what happened */
		event_del(task->status);
}

int
task_start(struct task *task, struct error *err)
{
	int fd;

	task->keeper = keeper_spawn(&task->rec, &fd, gone, task, err);
	if (task->keeper == NULL) {
		if (is_passing(err->errnum))
			return -1;
		finish_spawn_error(task, "exec", err->errnum, err->text);
		return 0;
	}
	STEP("keeper-spawned");
	lineage_open(task->rec.number);
	task->rec.state = STATE_RUNNING;
	task->looked = false;
	task->status = event_new(loop_base(), fd, EV_READ | EV_PERSIST,
	    on_status, task);
	if (task->status == NULL || event_add(task->status, NULL) != 0) {
		log_warn("t%" PRIu64 ": cannot hear whether its program runs",
		    task->rec.number);
		task_close_status(task);
	}
	return 0;
}

static void
let_go(struct task *task)
{
	char *const *id;

	if (task->rec.held)
		log_info("t%" PRIu64 ": waited for, no longer held",
		    task->rec.number);
	task->rec.held = false;
	for (id = task->rec.spec.after; id != NULL && *id != NULL; id++)
		release_number(strtoull(*id + 1, NULL, 10));
}

/* Each one is let go once, so this ends however they wait for another. */
static void
release_number(uint64_t number)
{
	struct task *task = task_find_live(number);

	if (task != NULL && task->rec.held)
		let_go(task);
}

void
task_release(struct task *task)
{
	let_go(task);
	task_slot_free();
}

void
task_refuse(struct task *task, enum stop_reason stop_reason, const char *note)
{
	finish(task, stop_reason, note);
}

int
task_stop(struct task *task, enum keeper_mode mode, unsigned grace_s,
    struct error *err)
{
	if (record_ended(&task->rec))
		return 0;
	if (!task->live) {
		fail(err, ERR_BUSY,
		    "t%" PRIu64 " is not held by this daemon: "
		    "it belongs to another machine or container; stop it "
		    "there",
		    task->rec.number);
		return -1;
	}
	task->stop_value = keeperctl_value(mode, STOP_USER, grace_s);
	if (task->look != NULL || task->unsure) {
		task->stopping = true; /* whatever it turns out to be */
		return 0;
	}
	if (task->keeper == NULL)
		return task_cancel_queued(task, err);
	task->stopping = true;
	if (tell_keeper(task, err) == 0)
		return 0;
	task->stopping = false;
	return -1;
}
