/*
 * Starting hooks.  See launcher.h.
 *
 * What a hook needs next is read from its folder each time, so that it does
 * not matter which daemon has seen the rest.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <unistd.h>

#include <event2/event.h>

#include "common/error.h"
#include "common/exitrec.h"
#include "common/hookend.h"
#include "common/id.h"
#include "common/log.h"
#include "common/machine.h"
#include "common/mem.h"
#include "common/step.h"
#include "daemon/hook/file.h"
#include "daemon/hook/launcher.h"
#include "daemon/os/loop.h"
#include "daemon/os/process.h"
#include "daemon/record/record.h"
#include "daemon/store/claim.h"
#include "daemon/store/hooks.h"
#include "daemon/store/task_dir.h"
#include "daemon/store/unsynced.h"
#include "daemon/task/keeper.h"
#include "daemon/task/task.h"
#include "daemon/task/whereabouts.h"
#include "json/json.h"

#define RUNNING_MAX 4
/* Time until what failed for want of something is tried again, how often. */
#define AGAIN_MS 2000
#define TRIES 30
/* Keepers that are started to end what a killed keeper has left. */
#define SWEEPS 3

struct hook {
	TAILQ_ENTRY(hook) entry;
	struct store_hook at;
	struct record rec; /* number and places only */
	struct unsynced_span waits_for;
	struct process *keeper; /* NULL: it waits */
	struct known_keeper known;
	int tries, sweeps;
};

static TAILQ_HEAD(hooks, hook) hooks = TAILQ_HEAD_INITIALIZER(hooks);
static size_t n_running;
static char *last_failure;
static struct event *again;

static void examine(struct hook *hook);

static void
let_go(struct hook *hook)
{
	if (hook->keeper == NULL)
		return;
	whereabouts_forget(&hook->known);
	process_free(hook->keeper);
	hook->keeper = NULL;
	n_running--;
}

static void
hook_free(struct hook *hook)
{
	let_go(hook);
	TAILQ_REMOVE(&hooks, hook, entry);
	record_clear(&hook->rec);
	free(hook);
}

/* It is over, or nothing can be done for it. */
static void
end(struct hook *hook)
{
	store_end_hook(&hook->at);
	STEP("hook-over");
	hook_free(hook);
}

static void
note_failure(const struct hook *hook, const char *what, const char *why)
{
	free(last_failure);
	last_failure = xasprintf(TASK_ID ": %s %s: %s", hook->rec.number,
	    hook->at.name, what, why);
	log_warnx("%s", last_failure);
}

static void
lose(struct hook *hook, const char *why)
{
	note_failure(hook, "is lost", why);
	end(hook);
}

static void
try_again(void)
{
	loop_timer_start(again, AGAIN_MS);
}

static void
on_again(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	launcher_go_on();
}

static void
gone(void *arg)
{
	struct hook *hook = arg;

	let_go(hook);
	examine(hook);
	launcher_go_on();
}

static void
follow(struct hook *hook, struct process *keeper, bool own)
{
	hook->keeper = keeper;
	hook->known.process = keeper;
	hook->known.number = own ? hook->rec.number : 0;
	whereabouts_know(&hook->known);
	n_running++;
}

/* Something was refused that may be there later, or never. */
static void
refused(struct hook *hook, const struct error *err)
{
	if (++hook->tries == TRIES) {
		lose(hook, err->text);
		return;
	}
	log_debug(TASK_ID ": %s: %s", hook->rec.number, hook->at.name,
	    err->text);
	try_again();
}

static void
start(struct hook *hook, const struct hook_file *file)
{
	struct task *task = NULL;
	struct keeper_hook what = {
		.command = file->command,
		.cwd = file->cwd,
		.timeout_s = file->timeout_s,
	};
	struct process *keeper;
	struct error err;

	if (file->own)
		task = task_open(&hook->at.task, &err);
	if (task != NULL)
		what.inside = &task_record(task)->spec;
	keeper = keeper_spawn_hook(&hook->rec, &what, gone, hook, &err);
	task_unref(task);
	if (keeper == NULL) {
		refused(hook, &err);
		return;
	}
	STEP("hook-started");
	if (hook->tries++ == TRIES) {
		process_free(keeper);
		lose(hook, "its keepers end before they begin");
		return;
	}
	follow(hook, keeper, file->own);
}

/* A keeper that an earlier daemon has started has it. */
static void
adopt(struct hook *hook, pid_t pid, const struct hook_file *file)
{
	struct error err;
	struct process *keeper = process_adopt(pid, gone, hook, &err);

	if (keeper == NULL)
		refused(hook, &err); /* it may have ended just now */
	else
		follow(hook, keeper, file->own);
}

/* Its keeper was killed: another one ends what it has left. */
static void
sweep(struct hook *hook, const struct hook_file *file)
{
	struct process *keeper;
	struct error err;

	if (hook->sweeps++ == SWEEPS) {
		lose(hook,
		    "its keeper was killed, and what it has left may "
		    "still be there");
		return;
	}
	keeper = keeper_spawn_orphans(&hook->rec, gone, hook, &err);
	if (keeper == NULL)
		refused(hook, &err);
	else
		follow(hook, keeper, file->own);
}

static void
report(struct hook *hook, const struct exitrec *exit)
{
	char *failure = hookend_failure(exit);

	if (failure == NULL)
		log_info(TASK_ID ": %s: done", hook->rec.number, hook->at.name);
	else
		note_failure(hook, "failed", failure);
	free(failure);
	end(hook);
}

/* Damage, which a power cut leaves, stays; anything else passes. */
static void
unread(struct hook *hook, const struct error *err)
{
	if (err->code == ERR_INVALID || err->code == ERR_NEWER)
		lose(hook, err->text);
	else
		refused(hook, err);
}

/*
 * A claim that nobody holds.  The environment goes only after the claim was
 * written: one that was gone before that leaves nothing to start.
 */
static void
take_unheld(struct hook *hook, int dirfd, const struct hook_file *file,
    bool has_env)
{
	struct exitrec claim;
	struct machine here;
	struct error err;
	int result = exitrec_read(dirfd, CLAIM_FILE, &claim, &err);

	machine_read(&here);
	if (result != 0 && err.code == ERR_NOT_FOUND && has_env)
		start(hook, file);
	else if (result != 0 && err.code == ERR_NOT_FOUND)
		lose(hook, "its environment is gone, as after a power cut");
	else if (result != 0)
		unread(hook, &err);
	else if (strcmp(claim.machine.boot, here.boot) == 0)
		sweep(hook, file);
	else
		lose(hook, "the machine was restarted while it ran");
}

/* As for the run of a task: the claim, the record, what the claim left. */
static void
examine_in(struct hook *hook, int dirfd, const struct hook_file *file)
{
	bool has_env = store_file_bytes(hook->rec.dir, "env") > 0;
	struct exitrec exit;
	struct error err;
	pid_t holder = store_claim_holder(dirfd, &err);

	if (holder > 0)
		adopt(hook, holder, file);
	else if (holder == -1)
		refused(hook, &err);
	else if (exitrec_read(dirfd, "exit.json", &exit, &err) == 0)
		report(hook, &exit);
	else if (err.code != ERR_NOT_FOUND)
		unread(hook, &err);
	else
		take_unheld(hook, dirfd, file, has_env);
}

static void
examine(struct hook *hook)
{
	struct hook_file file = { 0 };
	struct error err;
	int dirfd = store_open_task(hook->rec.dir, &err);

	if (dirfd == -1 && err.code == ERR_NOT_FOUND) {
		log_info(TASK_ID ": %s: its task was deleted", hook->rec.number,
		    hook->at.name);
		end(hook);
	} else if (dirfd == -1)
		refused(hook, &err);
	else if (hook_file_read(dirfd, &file, &err) == 0)
		examine_in(hook, dirfd, &file);
	else if (err.code == ERR_NOT_FOUND)
		lose(hook, err.text);
	else
		unread(hook, &err);
	hook_file_clear(&file);
	if (dirfd != -1)
		close(dirfd);
}

void
launcher_go_on(void)
{
	struct hook *hook, *next;

	for (hook = TAILQ_FIRST(&hooks);
	     hook != NULL && n_running < RUNNING_MAX; hook = next) {
		next = TAILQ_NEXT(hook, entry);
		if (hook->keeper == NULL && unsynced_over(hook->waits_for))
			examine(hook);
	}
}

static void
take(const struct store_hook *at)
{
	struct hook *hook = xcalloc(1, sizeof(*hook));

	if (again == NULL)
		again = loop_timer_new(on_again, NULL);
	hook->at = *at;
	record_place(&hook->rec, at->task.path);
	free(hook->rec.dir);
	hook->rec.dir = xasprintf("%s/%s", at->task.path, at->name);
	hook->rec.number = at->task.number;
	hook->waits_for = unsynced_now();
	TAILQ_INSERT_TAIL(&hooks, hook, entry);
}

/* From the loop: whoever adds one is in the middle of something. */
void
launcher_add(const struct store_hook *at)
{
	take(at);
	loop_timer_start(again, 0);
}

static bool
is_held(const struct hook *hook)
{
	struct error err;
	int dirfd = store_open_task(hook->rec.dir, &err);
	bool held = dirfd != -1 && store_claim_holder(dirfd, &err) > 0;

	if (dirfd != -1)
		close(dirfd);
	return held;
}

/* Those that run come first, however many: it is known then who is in them. */
void
launcher_adopt(void)
{
	struct hook *hook, *next;
	struct error err;

	if (store_each_hook(take, &err) != 0)
		log_warnx("%s", err.text);
	for (hook = TAILQ_FIRST(&hooks); hook != NULL; hook = next) {
		next = TAILQ_NEXT(hook, entry);
		if (is_held(hook))
			examine(hook);
	}
	launcher_go_on();
}

struct json_object *
launcher_describe(void)
{
	struct json_object *out = json_object_new_object();
	const struct hook *hook;
	size_t n = 0;

	TAILQ_FOREACH(hook, &hooks, entry)
		n++;
	json_add_int(out, "waiting", (int64_t)(n - n_running));
	json_add_int(out, "running", (int64_t)n_running);
	json_add_string(out, "last_failure", last_failure);
	return out;
}

void
launcher_stop(void)
{
	struct hook *hook;

	while ((hook = TAILQ_FIRST(&hooks)) != NULL)
		hook_free(hook);
	if (again != NULL)
		event_free(again);
	again = NULL;
	free(last_failure);
	last_failure = NULL;
}
