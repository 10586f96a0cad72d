/*
 * Tasks: references, who watches them, reading those that are on disk.  How
 * they live is in life.c, the lists of those that do in live.c.
 */
#include <stdlib.h>
#include <unistd.h>

#include "common/error.h"
#include "common/id.h"
#include "common/mem.h"
#include "common/step.h"
#include "common/timefmt.h"
#include "daemon/os/process.h"
#include "daemon/record/damage.h"
#include "daemon/record/load.h"
#include "daemon/store/files.h"
#include "daemon/store/index.h"
#include "daemon/store/live.h"
#include "daemon/store/name.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/inside.h"

static struct watchers of_all = LIST_HEAD_INITIALIZER(of_all);

struct task *
task_new(void)
{
	struct task *task = xcalloc(1, sizeof(*task));

	task->refs = 1;
	LIST_INIT(&task->watchers);
	LIST_INIT(&task->waits_for);
	TAILQ_INIT(&task->awaited_by);
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

enum task_phase
task_phase(const struct task *task)
{
	return task->phase;
}

unsigned
task_references(const struct task *task)
{
	return task->refs;
}

bool
task_starting(const struct task *task)
{
	return task->phase == TASK_STARTING;
}

int64_t
task_start_wait_ms(const struct task *task)
{
	int64_t ms = task->start_at == 0 ? 0 : task->start_at - time_mono_ms();

	return ms > 0 ? ms : 0;
}

bool
task_is_held(const struct task *task)
{
	return task->held ||
	    (task->rec.state == STATE_QUEUED &&
		task->rec.waiting.held_by != NULL);
}

pid_t
task_keeper_pid(const struct task *task)
{
	return task->keeper == NULL ? 0 : process_pid(task->keeper);
}

uint64_t
task_met(const struct task *task)
{
	return task->met;
}

void
task_set_met(struct task *task, uint64_t met)
{
	task->met = met;
}

/* Damage that a look can be taken at does not hide a task. */
static int
load(struct record *rec, int dirfd, const struct run *run, struct error *err)
{
	char *path = xstrdup(rec->path);
	uint64_t number = rec->number;
	int result = record_load(rec, dirfd, run, err);

	if (result != 0 && damage_is(err)) {
		record_clear(rec);
		rec->number = number;
		record_place(rec, path);
		damage_load(rec, dirfd, run, err);
		result = 0;
	}
	free(path);
	return result;
}

/* Reads a task from disk: with its run n, or turn n, or (0) its current run. */
static struct task *
read_task(uint64_t number, const char *path, unsigned n,
    int (*find)(int dirfd, unsigned n, struct run *run), struct error *err)
{
	struct task *task;
	struct run run;
	int dirfd = store_open_task(path, err), result = 0;

	if (dirfd == -1)
		return NULL;
	task = task_new();
	task->rec.number = number;
	record_place(&task->rec, path);
	if (n > 0 && find(dirfd, n, &run) != 0) {
		fail(err, ERR_NOT_FOUND, "there is no run %u", n);
		result = -1;
	} else
		result = load(&task->rec, dirfd, n > 0 ? &run : NULL, err);
	close(dirfd);
	if (result != 0) {
		fail_prefix(err, TASK_ID ": %s", number, store_full_path(path));
		task_unref(task);
		return NULL;
	}
	return task;
}

/* Somebody may have taken its folder away. */
struct task *
task_open(const struct store_name *name, struct error *err)
{
	struct task *task = task_find_live(name->number);

	if (task != NULL)
		return task_ref(task);
	task = read_task(name->number, name->path, 0, NULL, err);
	if (task == NULL && !index_look(name))
		fail(err, ERR_NOT_FOUND, TASK_ID ": no such task",
		    name->number);
	return task;
}

struct task *
task_at_turn(struct task *task, unsigned turn, struct error *err)
{
	struct task *then;

	if (task->rec.run.turn == turn)
		return task_ref(task);
	then = read_task(task->rec.number, task->rec.path, turn, run_find, err);
	if (then != NULL) /* as if no later run existed */
		then->rec.run.count = then->rec.run.number;
	return then;
}

struct task *
task_at_run(struct task *task, unsigned n, struct error *err)
{
	return task->rec.run.number == n ?
	    task_ref(task) :
	    read_task(task->rec.number, task->rec.path, n, run_find_number,
		err);
}

static void
watch(struct watchers *watchers, struct watcher *watcher)
{
	LIST_INSERT_HEAD(watchers, watcher, entry);
	watcher->watching = true;
}

void
task_watch(struct task *task, struct watcher *watcher)
{
	watch(&task->watchers, watcher);
}

void
task_watch_all(struct watcher *watcher)
{
	watch(&of_all, watcher);
}

void
task_unwatch(struct watcher *watcher)
{
	if (!watcher->watching)
		return;
	LIST_REMOVE(watcher, entry);
	watcher->watching = false;
}

const struct watcher *
task_next_watcher(const struct task *task, const struct watcher *watcher)
{
	const struct watchers *watchers = task == NULL ? &of_all :
							 &task->watchers;

	return watcher == NULL ? LIST_FIRST(watchers) :
				 LIST_NEXT(watcher, entry);
}

struct watcher *
task_find_watcher(const struct task *task,
    void (*changed)(struct watcher *watcher, struct task *task, unsigned news))
{
	struct watcher *watcher;

	LIST_FOREACH(watcher, &task->watchers, entry)
		if (watcher->changed == changed)
			break;
	return watcher;
}

static void
tell(struct watchers *watchers, struct task *task, unsigned news)
{
	struct watcher *watcher, *next;

	for (watcher = LIST_FIRST(watchers); watcher != NULL; watcher = next) {
		next = LIST_NEXT(watcher, entry);
		if ((watcher->wants & news) != 0)
			watcher->changed(watcher, task, news);
	}
}

void
task_tell(struct task *task, unsigned news)
{
	task_ref(task);
	tell(&of_all, task, news);
	tell(&task->watchers, task, news);
	task_unref(task);
}

void
task_mark_seen(struct task *task)
{
	if (!record_ended(&task->rec) || task->rec.seen_at != 0)
		return;
	store_mark_seen(&task->rec);
	task->rec.seen_at = time_wall_ms();
	task_tell(task, TASK_SEEN);
}

void
task_keep_unsettled(struct task *task)
{
	task->unsettled = true;
}

/* It may have a next run by now, and needs the link. */
void
task_settle(struct task *task)
{
	task->unsettled = false;
	if (task->phase != TASK_ENDED)
		return;
	if (task_find_live(task->rec.number) != NULL) {
		store_drop_env(&task->rec);
		return;
	}
	store_settle(&task->rec);
	STEP("end-settled");
}
