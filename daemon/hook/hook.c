/*
 * Which events have hooks.  See hook.h.
 *
 * A task that ends keeps its link in live/ until its hooks are accepted, so
 * that the next daemon looks again; what that finds it does not make twice, by
 * the name.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/id.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/hook/accept.h"
#include "daemon/hook/file.h"
#include "daemon/hook/hook.h"
#include "daemon/hook/launcher.h"
#include "daemon/hook/notice.h"
#include "daemon/hook/only.h"
#include "daemon/os/loop.h"
#include "daemon/os/slices.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/store/hooks.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"

/* Time until one is looked at again whose hook could not be accepted. */
#define AGAIN_MS 2000

/*
 * One that has ended, or asks, and whose hooks are not accepted yet.  It may
 * have a next run by now.
 */
struct undecided {
	TAILQ_ENTRY(undecided) entry;
	struct task *task;
	unsigned run; /* that has ended; 0: it asks */
};

static TAILQ_HEAD(, undecided) undecided = TAILQ_HEAD_INITIALIZER(undecided);
static struct event *again;
/* While all of them are looked at again: which one is next. */
static struct slices *pass;
static struct undecided *next;
static bool groups_known;

/* ---- the end of a group ---- */

static bool
same_run(const struct record *a, const struct record *b)
{
	return a->number == b->number && a->run.number == b->run.number;
}

/* Whether it is another one of that group, or a later run of the same task. */
static bool
is_other(const struct record *rec, const struct task *task)
{
	const struct record *other = task_record(task);

	return other->from.group != NULL &&
	    strcmp(rec->from.group, other->from.group) == 0 &&
	    !same_run(rec, other);
}

/* Whether another one of its group is live, or still to be looked at. */
static bool
goes_on(const struct record *rec)
{
	const struct undecided *one;
	const struct task *task = NULL;

	TAILQ_FOREACH(one, &undecided, entry)
		if (one->run != 0 && is_other(rec, one->task))
			return true;
	while ((task = task_next_live(task)) != NULL)
		if (is_other(rec, task))
			return true;
	return false;
}

/* The run of the task with which that hook was accepted; 0: it has none. */
static int64_t
run_of_hook(const char *path, const char *name)
{
	char *folder = xasprintf("%s/%s", path, name);
	struct hook_file file = { 0 };
	struct error err;
	int64_t run = 0;
	int dirfd = store_open_task(folder, &err);

	free(folder);
	if (dirfd == -1)
		return 0;
	if (hook_file_read(dirfd, &file, &err) == 0)
		run = file.run;
	close(dirfd);
	hook_file_clear(&file);
	return run;
}

/* Whether any task of the group has its hook. */
static bool
is_told(const struct task_list *group, const char *name)
{
	size_t i;

	for (i = 0; i < group->n; i++)
		if (store_has_hook(task_record(group->tasks[i])->path, name))
			return true;
	return false;
}

/* What another task has replaced has not ended: that goes on in its place. */
static void
drop_replaced(struct task_list *group)
{
	size_t i, n = 0;

	for (i = 0; i < group->n; i++)
		if (record_replaced_by(task_record(group->tasks[i])) != 0)
			task_unref(group->tasks[i]);
		else
			group->tasks[n++] = group->tasks[i];
	group->n = n;
}

/* ---- what has ended, and who asks ---- */

static int
accept_end(struct task *task, const char *command, bool own)
{
	struct notice notice = { .task = task };
	char name[STORE_HOOK_NAME];

	snprintf(name, sizeof(name), "hook-end-%u",
	    task_record(task)->run.number);
	notice.hook = name;
	return accept_hook(&notice, command, own);
}

/* One of a single task has no more to say than that. */
static int
accept_group(struct task *task, const char *name, struct task_list *group)
{
	const struct config_hooks *hooks = &config_get()->hooks;
	struct notice notice = { .task = task, .hook = name };

	drop_replaced(group);
	if (!only_wants_end(&hooks->only, group->tasks, group->n))
		return 0;
	if (group->n == 1)
		return accept_end(task, hooks->on_finish, false);
	notice.group = group->tasks;
	notice.n = group->n;
	return accept_hook(&notice, hooks->on_finish, false);
}

/* The end of a run that a reply has asked for when its group had been told. */
static int
accept_later(struct task *task, const char *name)
{
	const struct config_hooks *hooks = &config_get()->hooks;
	const struct record *rec = task_record(task);

	if (rec->run.turn == 1 ||
	    run_of_hook(rec->path, name) == rec->run.number ||
	    !only_wants_end(&hooks->only, &task, 1))
		return 0;
	return accept_end(task, hooks->on_finish, false);
}

/* A group has one notice, from the task that ends last. */
static int
decide_in_group(struct task *task)
{
	const struct record *rec = task_record(task);
	uint64_t first = id_number(rec->from.group);
	struct task_list group = { 0 };
	char name[STORE_HOOK_NAME];
	struct error err;
	int result;

	if (!groups_known)
		return -1;
	if (rec->run.turn == 1 && goes_on(rec))
		return 0;
	snprintf(name, sizeof(name), "hook-" GROUP_ID, first);
	result = lookup_group(first, &group, &err);
	if (result == 0 && is_told(&group, name))
		result = accept_later(task, name);
	else if (result == 0 && !goes_on(rec))
		result = accept_group(task, name, &group);
	task_list_clear(&group);
	return result;
}

/*
 * What a hook of the user has started has none: it would have its own, and so
 * on.
 */
static bool
is_by_hook(const struct record *rec)
{
	return rec->from.parent != NULL &&
	    strncmp(rec->from.parent, "hook-", 5) == 0;
}

/* Accepts the hooks of an end; -1: it is to be looked at again. */
static int
decide(struct task *task)
{
	const struct config_hooks *hooks = &config_get()->hooks;
	const struct record *rec = task_record(task);
	const char *own = rec->spec.options.on_finish;
	int result;

	if (record_replaced_by(rec) != 0)
		return 0;
	result = own == NULL ? 0 : accept_end(task, own, true);
	if (hooks->on_finish == NULL || is_by_hook(rec))
		return result;
	if (rec->from.group != NULL && !hooks->only.each)
		return decide_in_group(task) != 0 ? -1 : result;
	if (only_wants_end(&hooks->only, &task, 1) &&
	    accept_end(task, hooks->on_finish, false) != 0)
		return -1;
	return result;
}

/* Accepts the hooks of its open questions; -1: some are to be tried again. */
static int
asked(struct task *task)
{
	const struct config_hooks *hooks = &config_get()->hooks;
	const struct record *rec = task_record(task);
	const char *own = rec->spec.options.on_needs_input;
	const struct question *question = NULL;
	char name[STORE_HOOK_NAME];
	struct notice notice;
	int result = 0;
	bool ours = hooks->on_needs_input != NULL && !is_by_hook(rec) &&
	    only_wants_question(&hooks->only, task);

	if (own == NULL && !ours)
		return 0;
	while ((question = question_next_open(task, question)) != NULL) {
		snprintf(name, sizeof(name), "hook-q%" PRIu64,
		    question->number);
		notice = (struct notice){ .task = task,
			.question = question,
			.hook = name };
		if (own != NULL)
			result |= accept_hook(&notice, own, true);
		if (ours)
			result |= accept_hook(&notice, hooks->on_needs_input,
			    false);
	}
	return result;
}

static const struct undecided *
find_undecided(uint64_t number, unsigned run)
{
	const struct undecided *one;

	TAILQ_FOREACH(one, &undecided, entry)
		if (task_record(one->task)->number == number && one->run == run)
			break;
	return one;
}

/* Whether an end of the task is not decided yet, of any of its runs. */
static bool
has_undecided_end(uint64_t number)
{
	const struct undecided *one;

	TAILQ_FOREACH(one, &undecided, entry)
		if (one->run != 0 && task_record(one->task)->number == number)
			return true;
	return false;
}

static void
look_again_later(struct task *task, unsigned run)
{
	struct undecided *one;

	if (find_undecided(task_record(task)->number, run) != NULL)
		return;
	one = xcalloc(1, sizeof(*one));
	one->task = task_ref(task);
	one->run = run;
	TAILQ_INSERT_TAIL(&undecided, one, entry);
	if (groups_known && pass == NULL)
		loop_timer_start(again, AGAIN_MS);
}

static void
forget(struct undecided *one)
{
	TAILQ_REMOVE(&undecided, one, entry);
	task_unref(one->task);
	free(one);
}

/* -1: it is to be looked at once more. */
static int
decide_end(const struct undecided *one)
{
	struct error err;
	struct task *then = task_at_run(one->task, one->run, &err);
	int result;

	if (then == NULL)
		return error_passes(&err) ? -1 : 0;
	result = decide(then);
	task_unref(then);
	return result;
}

static bool
look_at_next(void *arg)
{
	struct undecided *one = next;
	struct task *task;

	(void)arg;
	if (one == NULL)
		return false;
	next = TAILQ_NEXT(one, entry);
	if ((one->run == 0 ? asked(one->task) : decide_end(one)) != 0)
		return true;
	task = one->run == 0 ? NULL : task_ref(one->task);
	forget(one);
	if (task != NULL && has_undecided_end(task_record(task)->number))
		store_drop_env(task_record(task));
	else if (task != NULL)
		task_settle(task);
	task_unref(task);
	return true;
}

static void
looked(void *arg)
{
	(void)arg;
	pass = NULL;
	if (!TAILQ_EMPTY(&undecided))
		loop_timer_start(again, AGAIN_MS);
}

static void
look_again(void)
{
	if (pass != NULL)
		return;
	next = TAILQ_FIRST(&undecided);
	pass = slices_new(look_at_next, looked, NULL);
}

static void
on_again(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	look_again();
}

/* An end of before that is not decided goes first. */
static void
changed(struct watcher *watcher, struct task *task, unsigned news)
{
	const struct record *rec = task_record(task);

	(void)watcher;
	if ((news & TASK_QUESTIONS) != 0) {
		if (asked(task) != 0)
			look_again_later(task, 0);
	} else if ((config_get()->hooks.on_finish != NULL ||
		       rec->spec.options.on_finish != NULL) &&
	    (has_undecided_end(rec->number) || decide(task) != 0)) {
		task_keep_unsettled(task);
		look_again_later(task, rec->run.number);
	}
}

static struct watcher watcher = {
	.name = "hook",
	.wants = TASK_ENTERED(TASK_ENDED) | TASK_QUESTIONS,
	.changed = changed,
};

void
hook_watch(void)
{
	again = loop_timer_new(on_again, NULL);
	task_watch_all(&watcher);
}

void
hook_adopt(void)
{
	launcher_adopt();
}

void
hook_begin(void)
{
	groups_known = true;
	look_again();
}

void
hook_go_on(void)
{
	launcher_go_on();
}

void
hook_stop(void)
{
	task_unwatch(&watcher);
	slices_free(pass);
	pass = NULL;
	while (!TAILQ_EMPTY(&undecided))
		forget(TAILQ_FIRST(&undecided));
	launcher_stop();
	if (again != NULL)
		event_free(again);
	again = NULL;
	groups_known = false;
}
