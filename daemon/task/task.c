/*
 * Tasks: the list of live ones, references, who watches them.  How they run
 * is in task_run.c, how they end in task_end.c.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/mem.h"
#include "common/timefmt.h"
#include "daemon/question/question.h"
#include "daemon/store/store.h"
#include "daemon/task/parts.h"

static TAILQ_HEAD(live_tasks, task) live = TAILQ_HEAD_INITIALIZER(live);

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
	if (task->again != NULL)
		event_free(task->again);
	record_clear(&task->rec);
	free(task);
}

const struct record *
task_record(const struct task *task)
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
	struct task *task = TAILQ_LAST(&live, live_tasks);

	/* in order, and mostly it is a late one that is asked for */
	while (task != NULL && task->rec.number > number)
		task = TAILQ_PREV(task, live_tasks, entry);
	return task != NULL && task->rec.number == number ? task : NULL;
}

/* Reads it from disk, as its run n is, or its turn n, or (0) as it is. */
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
		result = record_load(&task->rec, dirfd, n > 0 ? &run : NULL,
		    err);
	close(dirfd);
	if (result != 0) {
		fail_prefix(err, "t%" PRIu64 ": %s", number,
		    store_full_path(path));
		task_unref(task);
		return NULL;
	}
	return task;
}

struct task *
task_open(const struct store_name *name, struct error *err)
{
	struct task *task = task_find_live(name->number);

	return task != NULL ? task_ref(task) :
			      read_task(name->number, name->path, 0, NULL, err);
}

struct task *
task_at_turn(struct task *task, unsigned turn, struct error *err)
{
	struct task *then;

	if (task->rec.run.turn == turn)
		return task_ref(task);
	then = read_task(task->rec.number, task->rec.path, turn, run_find, err);
	if (then != NULL) /* what came later is not its */
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

void
task_enlist(struct task *task)
{
	struct task *before = TAILQ_LAST(&live, live_tasks);

	task->live = true;
	/* mostly the last, but for what a request that came again lacked */
	while (before != NULL && before->rec.number > task->rec.number)
		before = TAILQ_PREV(before, live_tasks, entry);
	if (before == NULL)
		TAILQ_INSERT_HEAD(&live, task, entry);
	else
		TAILQ_INSERT_AFTER(&live, before, task, entry);
}

void
task_delist(struct task *task)
{
	if (!task->live)
		return;
	task->live = false;
	if (task->again != NULL)
		event_del(task->again);
	question_forget(task);
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
void
task_tell(struct task *task)
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

void
task_mark_seen(struct task *task)
{
	if (!record_ended(&task->rec) || task->rec.seen_at != 0)
		return;
	store_mark_seen(&task->rec);
	task->rec.seen_at = time_wall_ms();
}

int64_t
task_not_before_ms(const struct task *task)
{
	const struct run *run = &task->rec.run;
	int64_t left = run->asked.not_before == 0 ?
	    0 :
	    run->asked.not_before - time_wall_ms();

	/* not for ever, should the clock have been set back */
	if (left > TASK_BACK_OFF_MAX_MS)
		left = TASK_BACK_OFF_MAX_MS;
	return left > 0 ? left : 0;
}
