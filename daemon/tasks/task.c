/*
 * Live tasks: their list, their life from the queue to the exit record, who
 * watches them.  Accepting them is in create.c, taking them over in adopt.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/log.h"
#include "common/machine.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/agent/result.h"
#include "daemon/loop.h"
#include "daemon/tasks/depend.h"
#include "daemon/tasks/process.h"
#include "daemon/tasks/queue.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/render.h"
#include "daemon/tasks/spawn.h"
#include "daemon/tasks/store.h"
#include "daemon/tasks/task.h"
#include "daemon/tasks/task_life.h"

/* A keeper that ends before its claim is started again so often. */
#define START_TRIES 3

struct task {
	TAILQ_ENTRY(task) entry;
	unsigned refs;
	bool live;
	struct record rec;
	struct process *keeper;
	struct event *status; /* the keeper's pipe, until the program runs */
	int tries;
	uint64_t met; /* which of what it waits for completed, as bits */
	LIST_HEAD(, watcher) watchers;
};

static TAILQ_HEAD(, task) live = TAILQ_HEAD_INITIALIZER(live);

static void gone(void *arg);

struct task *
task_new(void)
{
	struct task *task = xcalloc(1, sizeof(*task));

	task->refs = 1;
	LIST_INIT(&task->watchers);
	return task;
}

struct task *
task_ref(struct task *task)
{
	task->refs++;
	return task;
}

void
task_unref(struct task *task)
{
	if (task == NULL || --task->refs > 0)
		return;
	record_clear(&task->rec);
	free(task);
}

const struct record *
task_record(const struct task *task)
{
	return &task->rec;
}

struct record *
task_record_edit(struct task *task)
{
	return &task->rec;
}

bool
task_starting(const struct task *task)
{
	return task->status != NULL;
}

struct task *
task_next_live(const struct task *task)
{
	return task == NULL ? TAILQ_FIRST(&live) : TAILQ_NEXT(task, entry);
}

struct task *
task_find_live(uint64_t number)
{
	struct task *task;

	TAILQ_FOREACH(task, &live, entry)
		if (task->rec.number == number)
			return task;
	return NULL;
}

struct task *
task_open(const struct store_name *name, struct error *err)
{
	struct task *task = task_find_live(name->number);
	int dirfd, result;

	if (task != NULL)
		return task_ref(task);
	dirfd = store_open_task(name->path, err);
	if (dirfd == -1)
		return NULL;
	task = task_new();
	task->rec.number = name->number;
	task->rec.path = xstrdup(name->path);
	result = record_load(&task->rec, dirfd, err);
	close(dirfd);
	if (result != 0) {
		fail_prefix(err, "t%" PRIu64 ": %s", name->number,
		    store_full_path(name->path));
		task_unref(task);
		return NULL;
	}
	return task;
}

void
task_enlist(struct task *task)
{
	task->live = true;
	TAILQ_INSERT_TAIL(&live, task, entry);
}

static void
delist(struct task *task)
{
	task->live = false;
	TAILQ_REMOVE(&live, task, entry);
	task_unref(task);
}

void
task_watch(struct task *task, struct watcher *watcher)
{
	watcher->task = task;
	LIST_INSERT_HEAD(&task->watchers, watcher, entry);
}

void
task_unwatch(struct watcher *watcher)
{
	if (watcher->task == NULL)
		return;
	LIST_REMOVE(watcher, entry);
	watcher->task = NULL;
}

/* A watcher may unwatch itself, and others of its own. */
static void
tell(struct task *task)
{
	struct watcher *watcher, *next;

	task_ref(task);
	for (watcher = LIST_FIRST(&task->watchers); watcher != NULL;
	    watcher = next) {
		next = LIST_NEXT(watcher, entry);
		watcher->changed(watcher);
	}
	task_unref(task);
}

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

/* The result is read once, and kept beside the exit record. */
static void
take_result(struct task *task)
{
	struct error err;
	int dirfd;

	if (!task_spec_is_agent(&task->rec.stored.spec))
		return;
	dirfd = store_open_task(task->rec.path, &err);
	if (dirfd == -1)
		return;
	task->rec.result = agent_result_read(dirfd);
	close(dirfd);
	if (store_write_result(&task->rec, &err) != 0)
		log_warnx("t%" PRIu64 ": %s", task->rec.number, err.text);
}

/* Recorded: the exit record is on disk, so nobody must look again. */
static void
end(struct task *task, bool recorded)
{
	char *line;

	release_keeper(task);
	take_result(task);
	record_judge(&task->rec);
	if (recorded)
		store_settle(&task->rec);
	line = render_first_line(task);
	log_info("%s", line);
	free(line);
	task_ref(task);
	delist(task);
	tell(task);
	queue_kick();
	task_unref(task);
}

/*
 * The daemon's own terminal record, written only under the claim.  On
 * failure nothing has changed.
 */
static int
finish(struct task *task, const char *stop_reason, const char *note,
    struct error *err)
{
	struct exitrec *exit = &task->rec.exit;
	int dirfd, claim, result = -1;

	dirfd = store_open_task(task->rec.path, err);
	if (dirfd == -1)
		return -1;
	claim = store_claim(dirfd, err);
	if (claim != -1) {
		snprintf(exit->stop_reason, sizeof(exit->stop_reason), "%s",
		    stop_reason);
		snprintf(exit->note, sizeof(exit->note), "%s", note);
		exit->version = EXITREC_VERSION;
		exit->complete = true;
		if (!exit->main_exited)
			exit->exit_code = -1;
		exit->ended_at = time_wall_ms();
		result = store_finish(&task->rec, err);
		close(claim);
	}
	close(dirfd);
	return result;
}

/* The same where there is nobody to tell that it failed. */
static void
finish_or_warn(struct task *task, const char *stop_reason, const char *note)
{
	struct error err;
	int result = finish(task, stop_reason, note, &err);

	if (result != 0)
		log_warnx("t%" PRIu64 ": no exit record: %s",
		    task->rec.number, err.text);
	end(task, result == 0);
}

static void
finish_spawn_error(struct task *task, const char *stage, int errnum,
    const char *note)
{
	snprintf(task->rec.exit.spawn_stage,
	    sizeof(task->rec.exit.spawn_stage), "%s", stage);
	task->rec.exit.spawn_errno = errnum;
	finish_or_warn(task, "", note);
}

static void
requeue(struct task *task)
{
	if (++task->tries < START_TRIES) {
		if (task->rec.state == STATE_RUNNING)
			log_warnx("t%" PRIu64 ": its keeper ended before it "
			    "began, starting it again", task->rec.number);
		task->rec.state = STATE_QUEUED;
		queue_kick();
		return;
	}
	finish_spawn_error(task, "keeper", 0, "the keeper ended before it "
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

static void
judge_lost(struct task *task)
{
	const struct machine *there = &task->rec.exit.machine;
	struct machine here;

	machine_read(&here);
	if (there->boot[0] == '\0')
		finish_or_warn(task, "keeper_lost", "its run record is "
		    "damaged");
	else if (ran_elsewhere(there, &here)) {
		log_warnx("t%" PRIu64 ": belongs to another machine or "
		    "container, left alone", task->rec.number);
		delist(task);
	} else if (strcmp(there->boot, here.boot) != 0)
		finish_or_warn(task, "reboot", "the machine was restarted "
		    "while it ran");
	else
		finish_or_warn(task, "keeper_lost", "its keeper was killed");
}

/* No exit record, nobody holds the claim: what does `run` say? */
static void
judge_abandoned(struct task *task, int dirfd)
{
	struct error err;

	if (exitrec_read(dirfd, "run", &task->rec.exit, &err) != 0 &&
	    err.code == ERR_NOT_FOUND)
		requeue(task);
	else
		judge_lost(task);
}

static void
watch_keeper(struct task *task, pid_t pid, int dirfd)
{
	struct error err;

	task->keeper = process_adopt(pid, gone, task, &err);
	/* It is the keeper only if it still holds the claim. */
	if (task->keeper != NULL && store_claim_holder(dirfd, &err) == pid) {
		if (exitrec_read(dirfd, "run", &task->rec.exit, &err) != 0)
			memset(&task->rec.exit, 0, sizeof(task->rec.exit));
		task->rec.state = STATE_RUNNING;
		return;
	}
	release_keeper(task);
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

	dirfd = store_open_task(task->rec.path, &err);
	if (dirfd == -1) {
		log_warnx("t%" PRIu64 ": %s", task->rec.number, err.text);
		delist(task);
		return;
	}
	have = record_read_exit(&task->rec, dirfd, &err);
	holder = have == 0 ? 0 : store_claim_holder(dirfd, &err);
	if (have != 0 && holder == 0)
		have = record_read_exit(&task->rec, dirfd, &err);
	if (have == 0)
		end(task, true);
	else if (holder > 0)
		watch_keeper(task, holder, dirfd);
	else if (holder == 0)
		judge_abandoned(task, dirfd);
	else {
		log_warnx("t%" PRIu64 ": left alone: %s", task->rec.number,
		    err.text);
		delist(task);
	}
	close(dirfd);
}

static void
gone(void *arg)
{
	struct task *task = arg;

	release_keeper(task);
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
		dirfd = store_open_task(task->rec.path, &err);
		if (dirfd != -1) {
			exitrec_read(dirfd, "run", &task->rec.exit, &err);
			close(dirfd);
		}
		log_info("t%" PRIu64 ": running", task->rec.number);
		close_status(task);
		tell(task);
	} else /* until the keeper is gone we do not know what happened */
		event_del(task->status);
}

int
task_start(struct task *task, struct error *err)
{
	int fd;

	task->keeper = spawn_keeper(&task->rec, &fd, gone, task, err);
	if (task->keeper == NULL) {
		if (err->errnum == EAGAIN || err->errnum == ENOMEM ||
		    err->errnum == EMFILE || err->errnum == ENFILE)
			return -1;
		finish_spawn_error(task, "exec", err->errnum, err->text);
		return 0;
	}
	task->rec.state = STATE_RUNNING;
	task->status = event_new(loop_base(), fd, EV_READ | EV_PERSIST,
	    on_status, task);
	if (task->status == NULL || event_add(task->status, NULL) != 0)
		fatalx("cannot watch a keeper");
	return 0;
}

bool
task_ready(struct task *task)
{
	char why[80];

	switch (depend_check(&task->rec, &task->met, why, sizeof(why))) {
	case DEPEND_MET:
		return true;
	case DEPEND_BROKEN:
		finish_or_warn(task, "dependency", why);
		break;
	case DEPEND_WAIT:
		break;
	}
	return false;
}

static int
cancel_queued(struct task *task, struct error *err)
{
	if (finish(task, "user", "cancelled in the queue", err) != 0)
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
	if (task->keeper == NULL)
		return cancel_queued(task, err);
	if (!process_signal(task->keeper, SIGUSR1,
	    keeperctl_value(mode, KEEPER_USER, grace_s)))
		log_warn("t%" PRIu64 ": its keeper is gone already",
		    task->rec.number);
	return 0;
}

void
task_mark_seen(struct task *task)
{
	if (!record_ended(&task->rec) || task->rec.seen)
		return;
	store_mark_seen(&task->rec);
	task->rec.seen = true;
}

void
task_forget_all(void)
{
	struct task *task;

	while ((task = TAILQ_FIRST(&live)) != NULL) {
		release_keeper(task);
		delist(task);
	}
}
