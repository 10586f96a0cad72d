/*
 * A pass of retention.  See pass.h.
 *
 * Long because one pass has one place where it goes on after each wait.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/timefmt.h"
#include "daemon/config.h"
#include "daemon/os/loop.h"
#include "daemon/os/slices.h"
#include "daemon/record/record.h"
#include "daemon/retention/clock.h"
#include "daemon/retention/pass.h"
#include "daemon/store/costs.h"
#include "daemon/store/delete.h"
#include "daemon/store/index.h"
#include "daemon/store/live.h"
#include "daemon/store/name.h"
#include "daemon/store/notes.h"
#include "daemon/store/survey.h"
#include "daemon/store/trash.h"
#include "daemon/store/unsynced.h"
#include "daemon/task/task.h"
#include "daemon/worktree/worktree.h"

/* Tombstones go this long after the last task of their day could. */
#define TOMBSTONE_MARGIN_MS (INT64_C(7) * 24 * 3600 * 1000)
/* Ids beyond this are only counted. */
#define IDS_MAX_CHARS 2000

enum limit { LIMIT_NONE, LIMIT_AGE, LIMIT_TASKS, LIMIT_BYTES };

struct pass {
	bool dry_run;
	void (*done)(const struct pass_sum *sum, void *arg);
	void (*told)(size_t looked_at, size_t all, void *arg); /* or NULL */
	void *arg;
	struct event *step;
	struct unsynced_span did; /* in the turns so far */
	struct store_name at;     /* the task that was looked at last */
	bool all_looked_at;       /* tombstones are next: */
	size_t tombstone;         /* this one */
	struct clock_look clock;
	struct pass_sum sum;
	uint64_t high, low; /* numbers of the range that ids ends with */
	/* Numbers that tasks in the queue wait for, sorted; made once a turn. */
	uint64_t *awaited;
	size_t n_awaited;
	bool awaited_known;
	/* The task whose worktree is being removed. */
	struct worktree_removal *removal;
	struct task *leaving;
	struct store_name leaving_name;
	enum limit leaving_limit;
	int64_t leaving_bytes;
};

static int
by_number(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
find_awaited(struct pass *r)
{
	struct task *task = NULL;
	char *const *id;

	r->n_awaited = 0;
	while ((task = task_next_queued(task)) != NULL) {
		id = task_record(task)->spec.after;
		for (; id != NULL && *id != NULL; id++) {
			r->awaited = xreallocarray(r->awaited, r->n_awaited + 1,
			    sizeof(*r->awaited));
			r->awaited[r->n_awaited++] = id_number(*id);
		}
	}
	if (r->n_awaited > 0)
		qsort(r->awaited, r->n_awaited, sizeof(*r->awaited), by_number);
	r->awaited_known = true;
}

static bool
is_awaited(struct pass *r, uint64_t number)
{
	if (!r->awaited_known)
		find_awaited(r);
	return r->n_awaited > 0 &&
	    bsearch(&number, r->awaited, r->n_awaited, sizeof(number),
		by_number) != NULL;
}

/* The same, or it was accepted in place of one that they wait for. */
static bool
stands_for_awaited(struct pass *r, const struct store_name *name)
{
	struct error err;
	struct task *task;
	char *const *id;
	bool stands = is_awaited(r, name->number);

	if (stands || r->n_awaited == 0)
		return stands;
	task = task_open(name, &err);
	id = task == NULL ? NULL : task_record(task)->from.stands_for;
	for (; !stands && id != NULL && *id != NULL; id++)
		stands = is_awaited(r, id_number(*id));
	task_unref(task);
	return stands;
}

/* Returns the limit that a task exceeds. */
static enum limit
over(const struct pass *r, const struct store_usage *usage)
{
	const struct config_retention *max = &config_get()->retention;

	if (max->max_age_s > 0 && r->clock.sound &&
	    r->clock.now - usage->ended_at > max->max_age_s * 1000)
		return LIMIT_AGE;
	if (max->max_tasks > 0 && r->sum.tasks >= (size_t)max->max_tasks)
		return LIMIT_TASKS;
	if (max->max_bytes > 0 && r->sum.bytes + usage->bytes > max->max_bytes)
		return LIMIT_BYTES;
	return LIMIT_NONE;
}

/* It counts from when somebody could have seen the result. */
static bool
in_grace(const struct pass *r, const struct store_usage *usage)
{
	int64_t from = usage->ended_at > r->clock.since ? usage->ended_at :
							  r->clock.since;

	return !usage->seen &&
	    (!r->clock.sound ||
		r->clock.now - from <
		    config_get()->retention.unseen_grace_s * 1000);
}

/* Deletes a task, if it can be read and has ended. */
static bool
drop_task(struct pass *r, const struct store_name *name)
{
	struct error err;
	struct task *task = task_open(name, &err);
	bool gone = false;

	if (task == NULL)
		r->sum.unread++;
	else if (record_ended(task_record(task))) {
		gone = r->dry_run || task_delete(task, &err) == 0;
		if (!gone && r->sum.failed++ == 0)
			log_warnx("retention: %s", err.text);
	}
	task_unref(task);
	return gone;
}

/* Adds the open range to ids. */
static void
close_range(struct pass *r)
{
	struct buf *ids = &r->sum.ids;

	if (r->high == 0 || ids->len >= IDS_MAX_CHARS)
		return;
	buf_printf(ids, "%st%" PRIu64, ids->len == 0 ? "" : ", ", r->low);
	if (r->high != r->low)
		buf_printf(ids, "-" TASK_ID, r->high);
	if (ids->len >= IDS_MAX_CHARS)
		buf_puts(ids, ", ...");
}

/* Numbers come in falling order, unless the clock was set back. */
static void
add_id(struct pass *r, uint64_t number)
{
	if (r->high == 0 || number != r->low - 1) {
		close_range(r);
		r->high = number;
	}
	r->low = number;
}

static void
count(struct pass *r, enum limit limit, const struct store_name *name,
    int64_t bytes)
{
	add_id(r, name->number);
	r->sum.old += limit == LIMIT_AGE;
	r->sum.many += limit == LIMIT_TASKS;
	r->sum.large += limit == LIMIT_BYTES;
	r->sum.freed += bytes;
}

static void
keep(struct pass *r, int64_t bytes)
{
	r->sum.tasks++;
	r->sum.bytes += bytes;
}

static void
let_go(struct pass *r, enum limit limit, const struct store_name *name,
    int64_t bytes)
{
	if (task_find_live(name->number) == NULL && drop_task(r, name))
		count(r, limit, name, bytes);
	else
		keep(r, bytes);
}

/* The pass waited for this, and goes on. */
static void
worktree_removed(char *const *why, void *arg)
{
	struct pass *r = arg;

	r->removal = NULL; /* frees itself after this */
	unsynced_request(r->did);
	if (why[0] == NULL)
		let_go(r, r->leaving_limit, &r->leaving_name, r->leaving_bytes);
	else {
		r->sum.worktrees++;
		keep(r, r->leaving_bytes);
	}
	r->did = unsynced_pause();
	task_unref(r->leaving);
	r->leaving = NULL;
	trash_kick();
	loop_timer_start(r->step, 0);
}

/* Whether the task has a worktree, which goes first; the pass waits. */
static bool
remove_worktree(struct pass *r, const struct store_name *name, enum limit limit,
    int64_t bytes)
{
	struct task *task = NULL;
	const struct record *rec;
	struct error err;

	if (task_find_live(name->number) == NULL)
		task = task_open(name, &err);
	if (task == NULL || !record_ended(task_record(task)) ||
	    !worktree_made(task_record(task))) {
		task_unref(task);
		return false;
	}
	rec = task_record(task);
	r->leaving = task;
	r->leaving_name = *name;
	r->leaving_limit = limit;
	r->leaving_bytes = bytes;
	r->removal = worktree_removal_new(&rec, 1,
	    r->dry_run ? WORKTREE_CHECK : WORKTREE_REMOVE, worktree_removed, r,
	    &err);
	if (r->removal != NULL)
		return true;
	task_unref(task);
	r->leaving = NULL;
	r->sum.worktrees++;
	keep(r, bytes);
	return true;
}

/*
 * A task without exit.json is live; or a power cut has kept its folder and not
 * its name in live/, as btrfs may where nothing was synced.  Only here are all
 * folders looked at.
 */
static void
adopt_unlinked(struct pass *r, const struct store_name *name)
{
	struct error err;

	if (!r->dry_run && store_lacks_link(name) &&
	    task_find_live(name->number) == NULL && task_adopt(name, &err) != 0)
		log_warnx("%s", err.text);
}

static void
look_at(struct pass *r, const struct store_name *name)
{
	struct store_usage usage;
	enum limit limit = LIMIT_NONE;

	store_survey(name->path, &usage);
	if (usage.ended_at != -1)
		limit = over(r, &usage);
	else
		adopt_unlinked(r, name);
	if (limit != LIMIT_NONE && in_grace(r, &usage)) {
		r->sum.unseen++;
		limit = LIMIT_NONE;
	}
	if (limit != LIMIT_NONE && stands_for_awaited(r, name)) {
		r->sum.awaited++;
		limit = LIMIT_NONE;
	}
	if (limit != LIMIT_NONE && usage.worktree &&
	    remove_worktree(r, name, limit, usage.bytes))
		return;
	if (limit != LIMIT_NONE)
		let_go(r, limit, name, usage.bytes);
	else
		keep(r, usage.bytes);
}

/* False: none is left. */
static bool
next_task(struct pass *r)
{
	struct store_name name;

	if (!index_before(&r->at))
		return false;
	name = r->at; /* it may be gone, and its place taken, after that */
	look_at(r, &name);
	return true;
}

/* Tombstones go when the last task of their day could have gone long ago. */
static void
begin_tombstones(struct pass *r)
{
	int64_t age_s = config_get()->retention.max_age_s;
	char before[TIMEFMT_SIZE] = "";

	r->all_looked_at = true;
	if (!r->dry_run && r->clock.sound)
		timefmt_day(r->clock.now - age_s * 1000 - TOMBSTONE_MARGIN_MS,
		    before);
	index_outlive(before);
}

/* False: none is left. */
static bool
next_tombstone(struct pass *r)
{
	struct store_name name;

	if (index_tombstone(&r->tombstone, &name)) {
		store_forget(&name);
		return true;
	}
	index_drop_days(store_forget_day);
	return false;
}

static bool
take_step(struct pass *r)
{
	struct error err;

	if (r->all_looked_at)
		return next_tombstone(r);
	if (index_step(&err) != 1 && !next_task(r))
		begin_tombstones(r);
	return true;
}

static void
finish(struct pass *r)
{
	close_range(r);
	unsynced_request(r->did);
	r->done(&r->sum, r->arg);
	unsynced_pause();
	pass_free(r);
}

static void
tell(const struct pass *r)
{
	size_t left = r->all_looked_at ? 0 : index_count(r->at.number);
	size_t so_far = r->sum.tasks + pass_removed(&r->sum);

	if (r->told != NULL)
		r->told(so_far, so_far + left, r->arg);
}

static void
on_step(int fd, short what, void *arg)
{
	struct pass *r = arg;
	int64_t end = slices_begin();
	size_t gone = pass_removed(&r->sum);
	bool more;

	(void)fd;
	(void)what;
	r->awaited_known = false; /* others had their turn */
	unsynced_request(r->did);
	do {
		more = take_step(r);
	} while (more && r->removal == NULL && !slices_over(end));
	r->did = unsynced_pause();
	if (!r->dry_run && pass_removed(&r->sum) > gone)
		trash_kick();
	tell(r);
	if (r->removal != NULL)
		return; /* its end goes on with the next step */
	if (more)
		loop_timer_start(r->step, 0);
	else
		finish(r);
}

/* Drops the totals of days whose tasks have gone by their age. */
static void
drop_old_costs(int64_t now)
{
	int64_t age_s = config_get()->retention.max_age_s;
	char oldest[TIMEFMT_SIZE];

	if (age_s > 0)
		store_drop_old_costs(timefmt_day(now - age_s * 1000, oldest));
}

struct pass *
pass_new(bool dry_run, void (*done)(const struct pass_sum *sum, void *arg),
    void *arg)
{
	struct pass *r = xcalloc(1, sizeof(*r));

	r->dry_run = dry_run;
	r->done = done;
	r->arg = arg;
	r->clock = clock_look();
	r->sum.sound = r->clock.sound;
	if (!dry_run && r->clock.sound) {
		store_drop_old_notes();
		drop_old_costs(r->clock.now);
	}
	r->step = loop_timer_new(on_step, r);
	loop_timer_start(r->step, 0);
	return r;
}

void
pass_tell(struct pass *r, void (*told)(size_t, size_t, void *))
{
	r->told = told;
}

void
pass_free(struct pass *r)
{
	if (r == NULL)
		return;
	worktree_removal_free(r->removal);
	task_unref(r->leaving);
	event_free(r->step);
	buf_clear(&r->sum.ids);
	free(r->awaited);
	free(r);
}

size_t
pass_removed(const struct pass_sum *sum)
{
	return sum->old + sum->many + sum->large;
}
