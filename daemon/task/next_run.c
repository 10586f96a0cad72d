/*
 * From one run of a task to the next, and runs that the daemon queues once
 * more because the API would not serve them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>
#include <uuid/uuid.h>

#include "common/error.h"
#include "common/log.h"
#include "common/machine.h"
#include "common/mem.h"
#include "common/step.h"
#include "common/timefmt.h"
#include "daemon/config.h"
#include "daemon/store/store.h"
#include "daemon/task/conversation.h"
#include "daemon/task/parts.h"

/* What an agent is told whose conversation had begun. */
static const char go_on[] =
    "The API refused the last request (rate limit or overload), and some time "
    "has passed. Go on where you were interrupted.";

/* Takes from disk what the next run is. */
static int
advance(struct task *task, struct error *err)
{
	struct record fresh = { .number = task->rec.number };
	int dirfd, result = -1;

	record_place(&fresh, task->rec.path);
	dirfd = store_open_task(fresh.path, err);
	if (dirfd != -1) {
		result = record_load(&fresh, dirfd, NULL, err);
		close(dirfd);
	}
	if (result == 0 && record_ended(&fresh)) {
		fail(err, ERR_NOT_FOUND, "it is gone");
		result = -1;
	}
	if (result != 0) {
		record_clear(&fresh);
		return -1;
	}
	fresh.held = task->rec.held; /* like the one that it waited for */
	record_clear(&task->rec);
	task->rec = fresh;
	task->tries = task->orphan_tries = 0;
	if (task->again != NULL)
		event_free(task->again);
	task->again = NULL;
	log_info("t%" PRIu64 ": %s queued", fresh.number, fresh.run.name);
	return 0;
}

/* Looked at again it ends once more, which leads back here. */
bool
task_advance(struct task *task, struct error *err)
{
	if (advance(task, err) == 0)
		return true;
	log_warnx("t%" PRIu64 ": its next run: %s", task->rec.number,
	    err->text);
	if (!store_passes(err))
		return false;
	task->rec.state = STATE_RUNNING;
	task->rec.reason = REASON_NONE;
	task_look_later(task);
	return true;
}

/* What was said before a stop is not heard after it. */
static void
tell_of_next(struct task *task)
{
	if (task->stopping && task->rec.state == STATE_QUEUED) {
		if (task_finish(task, STOP_USER, "stopped before it began") !=
		    0)
			task_examine(task);
		return;
	}
	task_tell(task);
	task_slot_free();
}

void
task_fill_run(struct run *run, const struct record *rec, bool retry,
    const char *uuid)
{
	char created[TIMEFMT_SIZE];
	int64_t now = time_wall_ms();
	struct machine here;

	/* a stop before it did not mean it, even if the clock was set back */
	if (record_ended(rec) && rec->exit.ended_at >= now)
		now = rec->exit.ended_at + 1;
	memset(run, 0, sizeof(*run));
	run->number = rec->run.count + 1;
	snprintf(run->name, sizeof(run->name), "%s-%u", retry ? "retry" : "run",
	    run->number);
	machine_read(&here);
	run->asked.version = RUN_VERSION;
	run->asked.uuid = xstrdup(uuid);
	run->asked.created_at = xstrdup(timefmt_iso(now, created));
	run->asked.boot = here.boot[0] == '\0' ? NULL : xstrdup(here.boot);
	run->asked.model = xstrdup(rec->run.asked.model);
}

static void
uuid_of_run(const struct record *rec, unsigned n, char text[37])
{
	uuid_t of_task, of_run;
	char name[32];
	int len = snprintf(name, sizeof(name), "run/%u", n);

	if (uuid_parse(rec->from.uuid, of_task) != 0)
		uuid_clear(of_task);
	uuid_generate_sha1(of_run, of_task, name, (size_t)len);
	uuid_unparse_lower(of_run, text);
}

/* Whether such an end is tried once more. */
static bool
is_retried(const struct record *rec)
{
	return rec->state == STATE_FAILED &&
	    rec->reason == REASON_RATE_LIMITED &&
	    rec->run.number - rec->run.turn <
	    config_get()->agents.retry.times &&
	    rec->run.count < RUNS_MAX;
}

/* Twice as long each time. */
static int64_t
back_off_ms(const struct record *rec)
{
	return (config_get()->agents.retry.first_s * 1000)
	    << (rec->run.number - rec->run.turn);
}

/* What it was asked, unless it had taken that into its conversation. */
static int
retry(struct task *task, struct error *err)
{
	struct record *rec = &task->rec;
	struct run run;
	char *prompt = NULL, uuid[37];
	int result = 0;
	bool begun = conversation_begun(rec->result);

	uuid_of_run(rec, rec->run.count + 1, uuid);
	task_fill_run(&run, rec, true, uuid);
	run.asked.not_before = time_wall_ms() + back_off_ms(rec);
	run.asked.result_chars = rec->run.asked.result_chars;
	run.asked.fresh = !begun &&
	    (rec->run.number == 1 || rec->run.asked.fresh);
	run.asked.fork = !begun && rec->run.asked.fork;
	if (!begun && (prompt = store_read_prompt(rec->dir, err)) == NULL)
		result = -1;
	if (result == 0)
		result = store_create_run(rec, &run, begun ? go_on : prompt,
		    NULL, 0, err);
	free(prompt);
	run_clear(&run);
	return result;
}

/* One that cannot be queued again has failed, as it would without. */
static bool
queue_retry(struct task *task)
{
	struct error err;

	if (!is_retried(&task->rec))
		return false;
	if (retry(task, &err) != 0) {
		log_warnx("t%" PRIu64 ": not tried again: %s", task->rec.number,
		    err.text);
		return false;
	}
	task->rec.run.count++;
	return true;
}

bool
task_next_run(struct task *task)
{
	struct error err;
	bool more;

	if (!task_spec_is_agent(&task->rec.spec))
		return false;
	more = task->rec.run.count > task->rec.run.number ||
	    (!task->stopping && queue_retry(task));
	store_drop_env(&task->rec);
	STEP("run-ended");
	if (!more || !task_advance(task, &err))
		return false;
	tell_of_next(task);
	return true;
}

/* As the exit record of the run before it says. */
static bool
was_stopped_before(const struct record *rec)
{
	struct exitrec before;
	struct error err;
	char name[RUN_NAME_SIZE];
	char *path;
	int taskfd, dirfd;
	bool is = false;

	taskfd = store_open_task(rec->path, &err);
	if (taskfd == -1 || !run_find_name(taskfd, rec->run.number - 1, name)) {
		if (taskfd != -1)
			close(taskfd);
		return false;
	}
	close(taskfd);
	path = xasprintf("%s/%s", rec->path, name);
	dirfd = store_open_task(path, &err);
	if (dirfd != -1) {
		is = exitrec_read(dirfd, "exit.json", &before, &err) == 0 &&
		    before.stop_reason == STOP_USER &&
		    before.ended_at >=
			time_parse_iso(rec->run.asked.created_at);
		close(dirfd);
	}
	free(path);
	return is;
}

/* A stop means also what had been said before it and was not heard yet. */
bool
task_superseded(const struct record *rec)
{
	const struct run *run = &rec->run;

	return run->number > 1 && run->number == run->turn &&
	    was_stopped_before(rec);
}
