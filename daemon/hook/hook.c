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
#include <unistd.h>

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
#include "daemon/hook/undecided.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/store/hooks.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"

static bool groups_known;

/* ---- the end of a group ---- */

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
	if (rec->run.turn == 1 && undecided_goes_on(rec))
		return 0;
	snprintf(name, sizeof(name), "hook-" GROUP_ID, first);
	result = lookup_group(first, &group, &err);
	if (result == 0 && is_told(&group, name))
		result = accept_later(task, name);
	else if (result == 0 && !undecided_goes_on(rec))
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

/* An end of before that is not decided goes first. */
static void
changed(struct watcher *watcher, struct task *task, unsigned news)
{
	const struct record *rec = task_record(task);

	(void)watcher;
	if ((news & TASK_QUESTIONS) != 0) {
		if (asked(task) != 0)
			undecided_add(task, 0);
	} else if ((config_get()->hooks.on_finish != NULL ||
		       rec->spec.options.on_finish != NULL) &&
	    (undecided_has_end(rec) || decide(task) != 0))
		undecided_add(task, rec->run.number);
}

static struct watcher watcher = {
	.name = "hook",
	.wants = TASK_ENTERED(TASK_ENDED) | TASK_QUESTIONS,
	.changed = changed,
};

/* What was not decided, for want of the names of groups or by the disk. */
static int
decide_again(struct task *task, unsigned run)
{
	struct error err;
	struct task *then;
	int result;

	if (run == 0)
		return asked(task);
	then = task_at_run(task, run, &err);
	if (then == NULL)
		return error_passes(&err) ? -1 : 0;
	result = decide(then);
	task_unref(then);
	return result;
}

void
hook_watch(void)
{
	undecided_init(decide_again);
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
	undecided_begin();
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
	undecided_clear();
	launcher_stop();
	groups_known = false;
}
