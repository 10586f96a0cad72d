/*
 * The live tasks: all of them by their numbers, those in the queue in its
 * order, and how many run.  Whatever the queue and views ask of all live tasks
 * is answered from here without a walk over them.
 *
 * A task that waits for the end of others is set aside: it hangs on each of
 * them by an edge, and the first that ends puts it back.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/os/heap.h"
#include "daemon/task/inside.h"

#define BUCKETS 1024
/* So many at a time leave memory behind that is worth giving back. */
#define TRIM_FROM 100

/* One wait of a task for the end of another. */
struct edge {
	TAILQ_ENTRY(edge) of_other; /* in the order of the queue */
	LIST_ENTRY(edge) of_waiting;
	struct task *waiting, *other;
};

TAILQ_HEAD(tasks, task);
LIST_HEAD(bucket, task);

static struct tasks all = TAILQ_HEAD_INITIALIZER(all);
static struct bucket buckets[BUCKETS];
/* By labels and by names of groups, in each newest first. */
static struct bucket labelled[BUCKETS], grouped[BUCKETS];
#define IS_IN(task, entry) ((task)->entry.le_prev != NULL)
static size_t n_all, most; /* since there was none */

static struct tasks queue = TAILQ_HEAD_INITIALIZER(queue);
/* Those of the queue that are not set aside: commands, agents. */
static struct tasks ready[2] = { TAILQ_HEAD_INITIALIZER(ready[0]),
	TAILQ_HEAD_INITIALIZER(ready[1]) };
static size_t n_queued[2];
/*
 * Their places, as long as tasks come at the end and go at an end: counted
 * from the first that ever had one, of whom so many have gone.
 */
static size_t gone[2];
static bool numbered;

static struct tasks running = TAILQ_HEAD_INITIALIZER(running);
static size_t n_running[2];

/* ---- all ---- */

struct task *
task_next_live(const struct task *task)
{
	return task == NULL ? TAILQ_FIRST(&all) : TAILQ_NEXT(task, entry);
}

struct task *
task_live_before(const struct task *task)
{
	return task == NULL ? TAILQ_LAST(&all, tasks) :
			      TAILQ_PREV(task, tasks, entry);
}

struct task *
task_find_live(uint64_t number)
{
	struct task *task;

	LIST_FOREACH(task, &buckets[number % BUCKETS], same_bucket)
		if (task->rec.number == number)
			break;
	return task;
}

/* FNV-1a */
static size_t
bucket_of(const char *text)
{
	uint32_t hash = 2166136261;

	for (; *text != '\0'; text++)
		hash = (hash ^ (unsigned char)*text) * 16777619;
	return hash % BUCKETS;
}

/* Somebody may have written into the spec of a task, read with its next run. */
static bool
is(const char *name, const char *wanted)
{
	return name != NULL && strcmp(name, wanted) == 0;
}

struct task *
task_find_labelled(const char *label)
{
	struct task *task;

	LIST_FOREACH(task, &labelled[bucket_of(label)], same_label)
		if (is(task->rec.spec.label, label))
			break;
	return task;
}

struct task *
task_find_grouped(const char *name)
{
	struct task *task;

	LIST_FOREACH(task, &grouped[bucket_of(name)], same_group)
		if (is(task->rec.from.group_name, name))
			break;
	return task;
}

#define INSERT_NEWEST(name, buckets, task, entry) \
	do { \
		struct bucket *head = &(buckets)[bucket_of(name)]; \
		struct task *at = LIST_FIRST(head), *newer = NULL; \
\
		for (; at != NULL && at->rec.number > (task)->rec.number; \
		     at = LIST_NEXT(at, entry)) \
			newer = at; \
		if (newer == NULL) \
			LIST_INSERT_HEAD(head, task, entry); \
		else \
			LIST_INSERT_AFTER(newer, task, entry); \
	} while (0)

size_t
task_count_live(void)
{
	return n_all;
}

/* ---- the queue ---- */

/* One that replaces another is where that was. */
static uint64_t
place_number(const struct record *rec)
{
	return rec->from.place > 0 ? (uint64_t)rec->from.place : rec->number;
}

bool
task_is_before(const struct task *a, const struct task *b)
{
	int64_t x = a->rec.waiting.priority, y = b->rec.waiting.priority;

	uint64_t m = place_number(&a->rec), n = place_number(&b->rec);

	return x != y ? x > y : m != n ? m < n : a->rec.number < b->rec.number;
}

struct task *
task_next_queued(const struct task *task)
{
	return task == NULL ? TAILQ_FIRST(&queue) : TAILQ_NEXT(task, turn);
}

struct task *
task_next_ready(bool agents, const struct task *task)
{
	return task == NULL ? TAILQ_FIRST(&ready[agents]) :
			      TAILQ_NEXT(task, ready);
}

size_t
task_count_queued(void)
{
	return n_queued[false] + n_queued[true];
}

static void
number_all(void)
{
	size_t n[2] = { 0, 0 };
	struct task *task;

	TAILQ_FOREACH(task, &queue, turn)
		task->count = ++n[task->agent];
	gone[false] = gone[true] = 0;
	numbered = true;
}

size_t
task_place(const struct task *task, size_t *of)
{
	if (!numbered)
		number_all();
	*of = n_queued[task->agent];
	return task->listed == LISTED_QUEUED ? task->count - gone[task->agent] :
					       0;
}

/* It has come into the queue. */
static void
number(struct task *task)
{
	size_t n = ++n_queued[task->agent];

	if (TAILQ_NEXT(task, turn) == NULL)
		task->count = gone[task->agent] + n;
	else
		numbered = false;
}

/* It leaves the queue. */
static void
unnumber(const struct task *task)
{
	size_t n = n_queued[task->agent]--;

	if (task->count == gone[task->agent] + 1)
		gone[task->agent]++;
	else if (task->count != gone[task->agent] + n)
		numbered = false;
}

/* Mostly it is the last of them. */
#define INSERT(list, task, entry) \
	do { \
		struct task *before = TAILQ_LAST(list, tasks); \
\
		while (before != NULL && task_is_before(task, before)) \
			before = TAILQ_PREV(before, tasks, entry); \
		if (before == NULL) \
			TAILQ_INSERT_HEAD(list, task, entry); \
		else \
			TAILQ_INSERT_AFTER(list, before, task, entry); \
	} while (0)

/* ---- waiting for others ---- */

static void
drop_edges(struct task *task)
{
	struct edge *edge;

	while ((edge = LIST_FIRST(&task->waits_for)) != NULL) {
		LIST_REMOVE(edge, of_waiting);
		TAILQ_REMOVE(&edge->other->awaited_by, edge, of_other);
		free(edge);
	}
}

void
task_recall(struct task *task)
{
	if (!task->aside)
		return;
	task->aside = false;
	drop_edges(task);
	INSERT(&ready[task->agent], task, ready);
}

bool
task_is_aside(const struct task *task)
{
	return task->aside;
}

void
task_set_aside(struct task *task, struct task *const *others, size_t n)
{
	struct edge *edge;
	size_t i;

	TAILQ_REMOVE(&ready[task->agent], task, ready);
	task->aside = true;
	for (i = 0; i < n; i++) {
		edge = xcalloc(1, sizeof(*edge));
		edge->waiting = task;
		edge->other = others[i];
		TAILQ_INSERT_TAIL(&others[i]->awaited_by, edge, of_other);
		LIST_INSERT_HEAD(&task->waits_for, edge, of_waiting);
	}
}

static void
recall_waiting(struct task *task)
{
	struct edge *edge;

	while ((edge = TAILQ_FIRST(&task->awaited_by)) != NULL)
		task_recall(edge->waiting);
}

/* ---- a task comes, changes, goes ---- */

struct task *
task_next_running(const struct task *task)
{
	return task == NULL ? TAILQ_FIRST(&running) : TAILQ_NEXT(task, turn);
}

size_t
task_count_running(bool agents)
{
	return n_running[agents];
}

static void
leave(struct task *task)
{
	if (task->listed == LISTED_QUEUED) {
		task_recall(task);
		TAILQ_REMOVE(&ready[task->agent], task, ready);
		TAILQ_REMOVE(&queue, task, turn);
		unnumber(task);
	} else if (task->listed == LISTED_RUNNING) {
		TAILQ_REMOVE(&running, task, turn);
		n_running[task->agent]--;
	}
	task->listed = LISTED_NOT;
}

static void
join(struct task *task, enum task_listed list)
{
	task->agent = record_is_agent(&task->rec);
	if (list == LISTED_QUEUED) {
		INSERT(&ready[task->agent], task, ready);
		INSERT(&queue, task, turn);
		number(task);
	} else if (list == LISTED_RUNNING) {
		TAILQ_INSERT_TAIL(&running, task, turn);
		n_running[task->agent]++;
	} else
		recall_waiting(task);
	task->listed = list;
}

void
task_relist(struct task *task)
{
	enum task_listed list = task->rec.state == STATE_QUEUED ?
	    LISTED_QUEUED :
	    record_running(&task->rec) ? LISTED_RUNNING :
					 LISTED_NOT;

	if (task->listed == list)
		return;
	leave(task);
	join(task, list);
}

void
task_reorder(struct task *task)
{
	if (task->listed != LISTED_QUEUED)
		return;
	leave(task);
	join(task, LISTED_QUEUED);
}

void
task_enlist(struct task *task)
{
	struct task *before = TAILQ_LAST(&all, tasks);

	/* mostly the last; a request that came again may make an earlier one */
	while (before != NULL && before->rec.number > task->rec.number)
		before = TAILQ_PREV(before, tasks, entry);
	if (before == NULL)
		TAILQ_INSERT_HEAD(&all, task, entry);
	else
		TAILQ_INSERT_AFTER(&all, before, task, entry);
	LIST_INSERT_HEAD(&buckets[task->rec.number % BUCKETS], task,
	    same_bucket);
	if (task->rec.spec.label != NULL)
		INSERT_NEWEST(task->rec.spec.label, labelled, task, same_label);
	if (task->rec.from.group_name != NULL)
		INSERT_NEWEST(task->rec.from.group_name, grouped, task,
		    same_group);
	if (++n_all > most)
		most = n_all;
	task_relist(task);
}

void
task_delist(struct task *task)
{
	leave(task);
	recall_waiting(task);
	TAILQ_REMOVE(&all, task, entry);
	LIST_REMOVE(task, same_bucket);
	if (IS_IN(task, same_label))
		LIST_REMOVE(task, same_label);
	if (IS_IN(task, same_group))
		LIST_REMOVE(task, same_group);
	task->same_label.le_prev = task->same_group.le_prev = NULL;
	if (--n_all > 0 || most < TRIM_FROM)
		return;
	most = 0;
	heap_trim();
}
