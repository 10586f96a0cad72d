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
#include <uuid/uuid.h>

#include "common/error.h"
#include "common/id.h"
#include "common/limits.h"
#include "common/log.h"
#include "common/mem.h"
#include "daemon/config.h"
#include "daemon/hook/file.h"
#include "daemon/hook/hook.h"
#include "daemon/hook/launcher.h"
#include "daemon/hook/notice.h"
#include "daemon/hook/only.h"
#include "daemon/os/loop.h"
#include "daemon/question/question.h"
#include "daemon/record/record.h"
#include "daemon/store/hooks.h"
#include "daemon/store/index.h"
#include "daemon/store/task_dir.h"
#include "daemon/task/lookup.h"
#include "daemon/task/task.h"

/* Time until one is looked at again whose hook could not be accepted. */
#define AGAIN_MS 2000

/* One that has ended, or asks, and whose hooks are not accepted yet. */
struct undecided {
	TAILQ_ENTRY(undecided) entry;
	struct task *task;
};

static TAILQ_HEAD(, undecided) undecided = TAILQ_HEAD_INITIALIZER(undecided);
static struct event *again;
static bool groups_known;

/* ---- accepting one ---- */

/*
 * An event has the same UUID whenever it is accepted, so that whoever gets it
 * twice can tell: by the group, or by the task, and what it is called.
 */
static void
uuid_of(const struct notice *notice, char text[37])
{
	const struct record *rec = task_record(notice->task);
	const char *owner = rec->from.owner == NULL ? "" : rec->from.owner;
	uuid_t of_whom, of_event;

	uuid_clear(of_whom);
	if (notice->group != NULL)
		uuid_generate_sha1(of_whom, of_whom, owner, strlen(owner));
	else if (uuid_parse(rec->from.uuid, of_whom) != 0)
		uuid_clear(of_whom);
	uuid_generate_sha1(of_event, of_whom, notice->hook,
	    strlen(notice->hook));
	uuid_unparse_lower(of_event, text);
}

static int
store(const struct notice *notice, const struct hook_file *file,
    struct error *err)
{
	char *json = hook_file_text(file), *told = notice_json(notice);
	struct buf env = { 0 };
	int result;

	notice_environment(notice, &env);
	result = store_create_hook(task_record(notice->task), notice->hook,
	    json, told, env.data, env.len, err);
	buf_clear(&env);
	free(told);
	free(json);
	return result;
}

/* One of the user is at home, where no task chooses what is found. */
static const char *
cwd_of(const struct record *rec, bool own)
{
	const char *home = getenv("HOME");

	if (own)
		return rec->spec.cwd;
	return home != NULL && home[0] == '/' ? home : "/";
}

/*
 * Accepts the hook of an event, for which the notice has its name, unless it
 * is there; -1: it is to be tried again.
 */
static int
accept_one(const struct notice *event, const char *command, bool own)
{
	const struct record *rec = task_record(event->task);
	struct notice notice = *event;
	char name[STORE_HOOK_NAME], uuid[37], *line = xstrdup(command);
	char *cwd = xstrdup(cwd_of(rec, own));
	struct hook_file file = {
		.version = HOOK_FILE_VERSION,
		.uuid = uuid,
		.command = line,
		.cwd = cwd,
		.timeout_s = config_get()->hooks.timeout_s,
		.run = rec->run.number,
		.own = own,
	};
	struct store_hook at = { .task.number = rec->number };
	struct error err;
	int result = 0;

	snprintf(name, sizeof(name), "%s%s", event->hook,
	    own ? STORE_HOOK_OWN : "");
	notice.hook = name;
	notice.uuid = uuid;
	uuid_of(&notice, uuid);
	snprintf(at.task.uuid, sizeof(at.task.uuid), "%s", rec->from.uuid);
	snprintf(at.task.path, sizeof(at.task.path), "%s", rec->path);
	snprintf(at.name, sizeof(at.name), "%s", name);
	if (!store_has_hook(rec->path, name)) {
		result = store(&notice, &file, &err);
		if (result == 0)
			launcher_add(&at);
		else
			log_warnx(TASK_ID ": %s is not accepted: %s",
			    rec->number, name, err.text);
		if (result != 0 && err.errnum == ENOENT)
			result = 0; /* its folder is gone */
	}
	free(line);
	free(cwd);
	return result;
}

/* ---- the end of a group ---- */

static bool
same_group(const struct task *a, const struct task *b)
{
	const char *x = task_record(a)->from.group;
	const char *y = task_record(b)->from.group;

	return x != NULL && y != NULL && strcmp(x, y) == 0;
}

/* Whether another one of its group is live, or is looked at after it. */
static bool
goes_on(const struct task *task)
{
	const struct undecided *one;
	struct task *other = NULL;
	bool after = false;

	while ((other = task_next_live(other)) != NULL)
		if (other != task && same_group(task, other))
			return true;
	TAILQ_FOREACH(one, &undecided, entry) {
		if (after && same_group(task, one->task))
			return true;
		after |= one->task == task;
	}
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

/* Whether any task of the group has its hook; a group has numbers in a row. */
static bool
is_told(uint64_t first, const char *name)
{
	struct store_name names[TASKS_MAX_PER_CALL];
	size_t i,
	    n = index_range(first, first + TASKS_MAX_PER_CALL - 1, names,
		TASKS_MAX_PER_CALL);

	for (i = 0; i < n; i++)
		if (store_has_hook(names[i].path, name))
			return true;
	return false;
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
	return accept_one(&notice, command, own);
}

/* One of a single task has no more to say than that. */
static int
accept_group(struct task *task, const char *name, uint64_t first)
{
	const struct config_hooks *hooks = &config_get()->hooks;
	struct notice notice = { .task = task, .hook = name };
	struct task_list list = { 0 };
	struct error err;
	int result = lookup_group(first, &list, &err);

	notice.group = list.tasks;
	notice.n = list.n;
	if (result == 0 && only_wants_end(&hooks->only, list.tasks, list.n))
		result = list.n == 1 ?
		    accept_end(task, hooks->on_finish, false) :
		    accept_one(&notice, hooks->on_finish, false);
	task_list_clear(&list);
	return result;
}

/*
 * A group has one notice, from the task that ends last.  One that a reply has
 * made go on after that has its own.
 */
static int
decide_in_group(struct task *task)
{
	const struct config_hooks *hooks = &config_get()->hooks;
	const struct record *rec = task_record(task);
	uint64_t first = id_number(rec->from.group);
	char name[STORE_HOOK_NAME];

	if (!groups_known)
		return -1;
	snprintf(name, sizeof(name), "hook-" GROUP_ID, first);
	if (!is_told(first, name))
		return goes_on(task) ? 0 : accept_group(task, name, first);
	if (rec->run.turn == 1 ||
	    run_of_hook(rec->path, name) == rec->run.number ||
	    !only_wants_end(&hooks->only, &task, 1))
		return 0;
	return accept_end(task, hooks->on_finish, false);
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
	int result = own == NULL ? 0 : accept_end(task, own, true);

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
			result |= accept_one(&notice, own, true);
		if (ours)
			result |= accept_one(&notice, hooks->on_needs_input,
			    false);
	}
	return result;
}

static void
look_again_later(struct task *task)
{
	struct undecided *one = xcalloc(1, sizeof(*one));

	one->task = task_ref(task);
	TAILQ_INSERT_TAIL(&undecided, one, entry);
	if (groups_known)
		loop_timer_start(again, AGAIN_MS);
}

static void
forget(struct undecided *one)
{
	TAILQ_REMOVE(&undecided, one, entry);
	task_unref(one->task);
	free(one);
}

static void
look_again(void)
{
	struct undecided *one, *next;

	for (one = TAILQ_FIRST(&undecided); one != NULL; one = next) {
		next = TAILQ_NEXT(one, entry);
		if ((task_phase(one->task) == TASK_ENDED ?
			    decide(one->task) :
			    asked(one->task)) != 0)
			continue;
		task_settle(one->task);
		forget(one);
	}
	if (!TAILQ_EMPTY(&undecided))
		loop_timer_start(again, AGAIN_MS);
}

static void
on_again(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	look_again();
}

static void
changed(struct watcher *watcher, struct task *task, unsigned news)
{
	(void)watcher;
	if ((news & TASK_QUESTIONS) != 0) {
		if (asked(task) != 0)
			look_again_later(task);
	} else if ((config_get()->hooks.on_finish != NULL ||
		       task_record(task)->spec.options.on_finish != NULL) &&
	    decide(task) != 0) {
		task_keep_unsettled(task);
		look_again_later(task);
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
	while (!TAILQ_EMPTY(&undecided))
		forget(TAILQ_FIRST(&undecided));
	launcher_stop();
	if (again != NULL)
		event_free(again);
	again = NULL;
	groups_known = false;
}
