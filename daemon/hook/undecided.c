/*
 * What waits for its hooks.  See undecided.h.
 *
 * There may be as many as an earlier daemon has left tasks that ended: so those
 * of a group are found without a look at all, and a pass is made in slices.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <event2/event.h>

#include "common/id.h"
#include "common/mem.h"
#include "daemon/hook/undecided.h"
#include "daemon/os/loop.h"
#include "daemon/os/slices.h"
#include "daemon/record/record.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/task.h"

/* Time until one is looked at again whose hook could not be accepted. */
#define AGAIN_MS 2000
#define BUCKETS 1024

/* The task may have a next run by now. */
struct undecided {
	TAILQ_ENTRY(undecided) entry;
	LIST_ENTRY(undecided) near;
	struct task *task;
	unsigned run; /* that has ended; 0: it asks */
};

static TAILQ_HEAD(, undecided) all = TAILQ_HEAD_INITIALIZER(all);
/* The same by their groups, or numbers. */
static LIST_HEAD(near, undecided) nears[BUCKETS];
static int (*decide)(struct task *task, unsigned run);
static struct event *again;
static bool begun;
/* While all of them are looked at: which one is next. */
static struct slices *pass;
static struct undecided *next;

static struct near *
near_to(const struct record *rec)
{
	return &nears[(rec->from.group != NULL ? id_number(rec->from.group) :
						 rec->number) %
	    BUCKETS];
}

static const struct undecided *
find(const struct record *rec, unsigned run)
{
	const struct undecided *one;

	LIST_FOREACH(one, near_to(rec), near)
		if (task_record(one->task)->number == rec->number &&
		    one->run == run)
			break;
	return one;
}

bool
undecided_has_end(const struct record *rec)
{
	const struct undecided *one;

	LIST_FOREACH(one, near_to(rec), near)
		if (task_record(one->task)->number == rec->number &&
		    one->run != 0)
			return true;
	return false;
}

/* Whether it is another one of that group, or another run of the same task. */
static bool
is_other(const struct record *rec, const struct task *task)
{
	const struct record *other = task_record(task);

	return other->from.group != NULL &&
	    strcmp(rec->from.group, other->from.group) == 0 &&
	    (rec->number != other->number ||
		rec->run.number != other->run.number);
}

bool
undecided_goes_on(const struct record *rec)
{
	const struct undecided *one;
	const struct task *task = NULL;

	LIST_FOREACH(one, near_to(rec), near)
		if (one->run != 0 && is_other(rec, one->task))
			return true;
	while ((task = task_next_live(task)) != NULL)
		if (is_other(rec, task))
			return true;
	return false;
}

void
undecided_add(struct task *task, unsigned run)
{
	const struct record *rec = task_record(task);
	struct undecided *one;

	if (run != 0)
		task_keep_unsettled(task);
	if (find(rec, run) != NULL)
		return;
	one = xcalloc(1, sizeof(*one));
	one->task = task_ref(task);
	one->run = run;
	TAILQ_INSERT_TAIL(&all, one, entry);
	LIST_INSERT_HEAD(near_to(rec), one, near);
	if (begun && pass == NULL)
		loop_timer_start(again, AGAIN_MS);
}

static void
forget(struct undecided *one)
{
	TAILQ_REMOVE(&all, one, entry);
	LIST_REMOVE(one, near);
	task_unref(one->task);
	free(one);
}

static bool
look_at_next(void *arg)
{
	struct undecided *one = next;
	struct task *task;
	unsigned run;

	(void)arg;
	if (one == NULL)
		return false;
	next = TAILQ_NEXT(one, entry);
	if (decide(one->task, one->run) != 0)
		return true;
	task = task_ref(one->task);
	run = one->run;
	forget(one);
	if (run != 0 && undecided_has_end(task_record(task)))
		store_drop_env(task_record(task));
	else if (run != 0)
		task_settle(task);
	task_unref(task);
	return true;
}

static void
looked(void *arg)
{
	(void)arg;
	pass = NULL;
	if (!TAILQ_EMPTY(&all))
		loop_timer_start(again, AGAIN_MS);
}

static void
on_again(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	if (pass != NULL)
		return;
	next = TAILQ_FIRST(&all);
	pass = slices_new(look_at_next, looked, NULL);
}

void
undecided_init(int (*how)(struct task *task, unsigned run))
{
	decide = how;
	again = loop_timer_new(on_again, NULL);
}

void
undecided_begin(void)
{
	begun = true;
	if (!TAILQ_EMPTY(&all))
		loop_timer_start(again, 0);
}

void
undecided_clear(void)
{
	slices_free(pass);
	pass = NULL;
	while (!TAILQ_EMPTY(&all))
		forget(TAILQ_FIRST(&all));
	if (again != NULL)
		event_free(again);
	again = NULL;
	begun = false;
}
