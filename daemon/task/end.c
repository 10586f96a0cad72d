/*
 * The end of tasks: their exit record, their result, the daemon's own
 * terminal records.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "common/step.h"
#include "common/timefmt.h"
#include "daemon/agent/result.h"
#include "daemon/os/loop.h"
#include "daemon/os/process.h"
#include "daemon/question/question.h"
#include "daemon/store/store.h"
#include "daemon/task/cost.h"
#include "daemon/task/parts.h"
#include "daemon/view/text.h"
#include "daemon/worktree/worktree.h"

/* Between tries to write a record. */
#define RECORD_AGAIN_MS 1000

/* The queue's, which is above us. */
static void (*slot_free)(void);

void
task_on_slot_free(void (*fn)(void))
{
	slot_free = fn;
}

/* Retention's, which is above us too. */
static void (*ended)(const struct record *rec);

void
task_on_end(void (*fn)(const struct record *rec))
{
	ended = fn;
}

void
task_slot_free(void)
{
	if (slot_free != NULL)
		slot_free();
}

void
task_close_status(struct task *task)
{
	if (task->status == NULL)
		return;
	close(event_get_fd(task->status));
	event_free(task->status);
	task->status = NULL;
}

void
task_release_keeper(struct task *task)
{
	task_close_status(task);
	process_free(task->keeper);
	task->keeper = NULL;
}

static int write_record(struct task *task, struct error *err);

static void
on_record_again(int fd, short what, void *arg)
{
	struct task *task = arg;
	struct error err;
	bool gone;
	int result;

	(void)fd;
	(void)what;
	result = write_record(task, &err);
	gone = result != 0 && err.errnum == ENOENT;
	if (result != 0 && !gone && err.code != ERR_BUSY) {
		loop_timer_start(task->again, RECORD_AGAIN_MS);
		return;
	}
	log_info("t%" PRIu64 ": its exit record is %s", task->rec.number,
	    gone ? "given up, its files are gone" : "written now");
	if (!gone && task_next_run(task))
		return;
	if (!gone)
		store_settle(&task->rec);
	task_delist(task);
}

/* As on a disk that is read-only for a while. */
static void
record_later(struct task *task)
{
	if (task->again != NULL)
		event_free(task->again);
	task->again = loop_timer_new(on_record_again, task);
	loop_timer_start(task->again, RECORD_AGAIN_MS);
}

int
task_take_result(struct task *task)
{
	struct error err;
	int dirfd;

	if (!task_spec_is_agent(&task->rec.spec))
		return 0;
	dirfd = store_open_task(task->rec.dir, &err);
	if (dirfd == -1)
		return store_passes(&err) ? -1 : 0;
	agent_result_free(task->rec.result);
	task->rec.result = record_read_output(&task->rec, dirfd);
	close(dirfd);
	if (task->rec.result->unread)
		return -1;
	if (store_write_result(&task->rec, &err) != 0)
		log_warnx("t%" PRIu64 ": %s", task->rec.number, err.text);
	cost_note(&task->rec);
	return 0;
}

static void
inherit_result(struct task *task)
{
	struct error err;
	int taskfd;

	if (task->rec.run.number == 1)
		return;
	taskfd = store_open_task(task->rec.path, &err);
	if (taskfd == -1)
		return;
	record_inherit_result(&task->rec, taskfd);
	close(taskfd);
}

static void
looked(void *arg)
{
	struct task *task = arg;

	task->look = NULL;
	task->looked = true;
	task_end(task, task->end_recorded);
}

/* What has become of its worktree is told with its end, so it comes first. */
static bool
look_at_worktree(struct task *task, bool recorded)
{
	if (task->looked || !worktree_made(&task->rec))
		return false;
	task->end_recorded = recorded;
	task->rec.state = STATE_RUNNING;
	task->rec.reason = REASON_NONE;
	if (task->look == NULL)
		task->look = worktree_look_new(&task->rec, looked, task);
	return task->look != NULL;
}

/*
 * Recorded: the exit record is on disk.  Else the task stays live, as one
 * that has ended, until its record can be written.
 */
void
task_end(struct task *task, bool recorded)
{
	char *line;

	STEP("end-seen");
	task_release_keeper(task);
	question_forget(task);
	if (look_at_worktree(task, recorded))
		return;
	if (task_take_result(task) != 0 && recorded) {
		task->rec.state = STATE_RUNNING;
		task->rec.reason = REASON_NONE;
		task_look_later(task);
		return;
	}
	record_judge(&task->rec);
	inherit_result(task);
	line = view_first_line(task);
	log_info("%s", line);
	free(line);
	task_ref(task);
	if (recorded && task_next_run(task)) {
		task_unref(task);
		return;
	}
	if (recorded)
		store_settle(&task->rec);
	STEP("end-settled");
	if (recorded)
		task_delist(task);
	else
		record_later(task);
	task_tell(task);
	task_slot_free();
	if (ended != NULL)
		ended(&task->rec);
	task_unref(task);
}

static void
fill_outcome(struct exitrec *exit, enum stop_reason stop_reason,
    const char *note)
{
	exit->stop_reason = stop_reason;
	snprintf(exit->note, sizeof(exit->note), "%s", note);
	exit->version = EXITREC_VERSION;
	exit->complete = true;
	if (!exit->main_exited)
		exit->exit_code = -1;
	exit->elapsed = -1; /* nobody measured it */
	exit->ended_at = time_wall_ms();
}

static int
write_record(struct task *task, struct error *err)
{
	int dirfd, claim, result = -1;

	error_clear(err);
	dirfd = store_open_task(task->rec.dir, err);
	if (dirfd == -1)
		return -1;
	claim = store_claim(dirfd, err);
	if (claim != -1) {
		STEP("finish-claimed");
		result = store_finish(&task->rec, err);
		close(claim);
	}
	close(dirfd);
	return result;
}

/*
 * The daemon's own terminal record, written only under the claim.  A record
 * that is complete already (its keeper was killed before the rename) is
 * taken as it is.  On failure nothing has changed.
 */
static int
finish(struct task *task, enum stop_reason stop_reason, const char *note,
    struct error *err)
{
	struct exitrec before = task->rec.exit;
	int result;

	if (!before.complete)
		fill_outcome(&task->rec.exit, stop_reason, note);
	result = write_record(task, err);
	if (result != 0)
		task->rec.exit = before;
	return result;
}

int
task_finish(struct task *task, enum stop_reason stop_reason, const char *note)
{
	struct error err;
	int result = finish(task, stop_reason, note, &err);

	if (result != 0 && err.code == ERR_BUSY)
		return -1;
	if (result != 0) {
		log_warnx("t%" PRIu64 ": no exit record: %s", task->rec.number,
		    err.text);
		if (!task->rec.exit.complete)
			fill_outcome(&task->rec.exit, stop_reason, note);
	}
	task_end(task, result == 0);
	return 0;
}

void
task_end_without_record(struct task *task, const char *note)
{
	fill_outcome(&task->rec.exit, STOP_KEEPER_LOST, note);
	task_end(task, true);
}

int
task_cancel_queued(struct task *task, struct error *err)
{
	if (finish(task, STOP_USER, "cancelled in the queue", err) != 0)
		return -1;
	task_end(task, true);
	return 0;
}

void
task_forget_all(void)
{
	struct task *task;

	while ((task = task_next_live(NULL)) != NULL) {
		task_release_keeper(task);
		worktree_look_free(task->look);
		task->look = NULL;
		task_delist(task);
	}
}
