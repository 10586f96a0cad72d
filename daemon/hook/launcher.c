/*
 * Starting hooks.  See launcher.h.
 *
 * What a hook needs next is read from its folder each time, so that it does
 * not matter which daemon has seen the rest.  Long because each standing of a
 * run is answered here.
 */
#include <errno.h>
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
#include "common/mem.h"
#include "common/step.h"
#include "common/timefmt.h"
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
#include "daemon/task/standing.h"
#include "daemon/task/task.h"
#include "daemon/task/whereabouts.h"
#include "json/json.h"

#define RUNNING_MAX 4
/*
 * Pause before one is looked at again, and how many keepers may end before they
 * have begun, in two minutes as for tasks: it may be the program of the keeper
 * that is not right just now.
 */
#define AGAIN_MS 2000
#define TRIES 60
/* Keepers that are started to end what a killed keeper has left. */
#define SWEEPS 3

struct hook {
	TAILQ_ENTRY(hook) entry;
	struct store_hook at;
	struct record rec; /* number, places and claim only */
	struct unsynced_span waits_for;
	struct kept_run kept; /* without a keeper it waits */
	bool spawned; /* its keeper is of this daemon, and may not have begun */
	int tries, sweeps;
	int64_t not_before; /* time_mono_ms */
};

static TAILQ_HEAD(hooks, hook) hooks = TAILQ_HEAD_INITIALIZER(hooks);
static size_t n_running;
static char *last_failure;
static struct event *again;

static void examine(struct hook *hook);

static void
let_go(struct hook *hook)
{
	if (hook->kept.keeper == NULL)
		return;
	process_free(hook->kept.keeper);
	hook->kept.keeper = NULL;
	n_running--;
}

static void
hook_free(struct hook *hook)
{
	let_go(hook);
	whereabouts_forget(&hook->kept);
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
look_again_later(struct hook *hook)
{
	hook->not_before = time_mono_ms() + AGAIN_MS;
}

/* A timer may come before its time, so that it is set after each look. */
static void
set_timer(int64_t looked_at)
{
	const struct hook *hook, *first = NULL;
	int64_t left;

	TAILQ_FOREACH(hook, &hooks, entry)
		if (hook->kept.keeper == NULL && hook->not_before > looked_at &&
		    (first == NULL || hook->not_before < first->not_before))
			first = hook;
	if (first == NULL)
		return;
	left = first->not_before - time_mono_ms();
	loop_timer_start(again, left > 0 ? left : 0);
}

/* What passes is waited for, however long. */
static void
refused(struct hook *hook, const struct error *err)
{
	if (!error_passes(err)) {
		lose(hook, err->text);
		return;
	}
	log_debug(TASK_ID ": %s: %s", hook->rec.number, hook->at.name,
	    err->text);
	look_again_later(hook);
}

/* It stays where it is, for whom it belongs to. */
static void
leave_alone(struct hook *hook, const char *why)
{
	log_warnx(TASK_ID ": %s: %s", hook->rec.number, hook->at.name, why);
	hook_free(hook);
}

/* Damage, which a power cut leaves, stays; anything else passes. */
static void
unread(struct hook *hook, const struct error *err)
{
	if (err->code == ERR_NEWER)
		leave_alone(hook, err->text);
	else if (err->code == ERR_INVALID || err->code == ERR_NOT_FOUND)
		lose(hook, err->text);
	else
		look_again_later(hook);
}

/* Has it kept by that keeper; NULL: there is none, and err tells why. */
static void
keep(struct hook *hook, struct process *keeper, const struct error *err)
{
	if (keeper == NULL) {
		refused(hook, err);
		return;
	}
	hook->kept.keeper = keeper;
	n_running++;
}

static void
spawn(struct hook *hook, const struct hook_file *file)
{
	struct task *task = NULL;
	struct keeper_hook what = {
		.command = file->command,
		.cwd = file->cwd,
		.timeout_s = file->timeout_s,
	};
	struct process *keeper;
	struct error err;

	if (hook->kept.number != 0)
		task = task_open(&hook->at.task, &err);
	if (task != NULL)
		what.inside = &task_record(task)->spec;
	keeper = keeper_spawn_hook(&hook->rec, &what, gone, hook, &err);
	task_unref(task);
	hook->spawned = keeper != NULL;
	keep(hook, keeper, &err);
	STEP("hook-started");
}

/* A keeper of ours has ended before it had claimed it. */
static void
came_back(struct hook *hook)
{
	hook->spawned = false;
	if (++hook->tries >= TRIES)
		lose(hook, "its keepers end before they begin");
	else
		look_again_later(hook);
}

/*
 * The environment goes only after the claim was written: one that was gone
 * before that leaves nothing to start.
 */
static void
start(struct hook *hook)
{
	struct hook_file file = { 0 };
	struct error err;
	int dirfd = store_open_task(hook->rec.dir, &err);

	if (dirfd == -1 || hook_file_read(dirfd, &file, &err) != 0)
		unread(hook, &err);
	else if (store_file_bytes(hook->rec.dir, "env") == 0)
		lose(hook, "its environment is gone, as after a power cut");
	else if (faccessat(dirfd, CLAIM_FILE, F_OK, AT_SYMLINK_NOFOLLOW) != 0)
		lose(hook, "its claim is gone, as after a power cut");
	else
		spawn(hook, &file);
	hook_file_clear(&file);
	if (dirfd != -1)
		close(dirfd);
}

/* Its keeper was killed: another one ends what it has left. */
static void
sweep(struct hook *hook)
{
	struct process *keeper;
	struct error err;

	hook->kept.orphaned = true;
	if (hook->sweeps == SWEEPS) {
		lose(hook,
		    "its keeper was killed, and what it has left may "
		    "still be there");
		return;
	}
	keeper = keeper_spawn_orphans(&hook->rec, gone, hook, &err);
	hook->sweeps += keeper != NULL;
	keep(hook, keeper, &err);
}

/*
 * A keeper that an earlier daemon has started holds the claim; swept: it ends
 * what another one has left.
 */
static void
adopt(struct hook *hook, pid_t holder, bool swept)
{
	struct error err;
	struct process *keeper = standing_watch(&hook->rec, holder, gone, hook,
	    &err);

	hook->kept.orphaned = keeper == NULL || swept;
	if (keeper != NULL)
		keep(hook, keeper, &err);
	else if (err.errnum == ESRCH)
		examine(hook);
	else
		look_again_later(hook);
}

static void
report(struct hook *hook)
{
	char *failure = hookend_failure(&hook->rec.exit);

	if (failure == NULL)
		log_info(TASK_ID ": %s: done", hook->rec.number, hook->at.name);
	else
		note_failure(hook, "failed", failure);
	free(failure);
	end(hook);
}

/* Whether a keeper has it, or had it: the claim is there, and not empty. */
static bool
is_claimed(const struct hook *hook)
{
	struct error err;
	bool claimed = store_file_bytes(hook->rec.dir, CLAIM_FILE) > 0;
	int dirfd = claimed ? -1 : store_open_task(hook->rec.dir, &err);

	claimed |= dirfd != -1 && store_claim_holder(dirfd, &err) > 0;
	if (dirfd != -1)
		close(dirfd);
	return claimed;
}

static void
examine(struct hook *hook)
{
	struct error err;
	pid_t holder;

	switch (standing_of(&hook->rec, &holder, &err)) {
	case STANDING_ENDED:
		report(hook);
		break;
	case STANDING_SWEPT:
		adopt(hook, holder, true);
		break;
	case STANDING_KEPT:
		adopt(hook, holder, false);
		break;
	case STANDING_UNCLAIMED:
		hook->kept.orphaned = false;
		if (hook->spawned)
			came_back(hook);
		else
			start(hook);
		break;
	case STANDING_COMPLETE:
	case STANDING_ORPHANED:
	case STANDING_DAMAGED:
		sweep(hook);
		break;
	case STANDING_REBOOTED:
		lose(hook, "the machine was restarted while it ran");
		break;
	case STANDING_NEWER:
		leave_alone(hook, "is of a later version, left alone");
		break;
	case STANDING_ELSEWHERE:
		leave_alone(hook, err.text);
		break;
	case STANDING_REMOVED:
		log_info(TASK_ID ": %s: its task was deleted", hook->rec.number,
		    hook->at.name);
		end(hook);
		break;
	case STANDING_UNSTARTABLE: /* that is of tasks */
	case STANDING_UNSEEN:
		hook->kept.orphaned |= is_claimed(hook);
		look_again_later(hook);
		break;
	}
}

void
launcher_go_on(void)
{
	struct hook *hook, *next;
	int64_t now = time_mono_ms();

	for (hook = TAILQ_FIRST(&hooks);
	     hook != NULL && n_running < RUNNING_MAX; hook = next) {
		next = TAILQ_NEXT(hook, entry);
		if (hook->kept.keeper == NULL && hook->not_before <= now &&
		    unsynced_over(hook->waits_for))
			examine(hook);
	}
	set_timer(now);
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
	hook->kept.rec = &hook->rec;
	hook->kept.number = store_hook_is_own(at) ? at->task.number : 0;
	whereabouts_know(&hook->kept);
	TAILQ_INSERT_TAIL(&hooks, hook, entry);
}

/* From the loop: whoever adds one is in the middle of something. */
void
launcher_add(const struct store_hook *at)
{
	take(at);
	loop_timer_start(again, 0);
}

/*
 * Those that run, or have left something, come first, however many: it is known
 * then who is in them.
 */
void
launcher_adopt(void)
{
	struct hook *hook, *next;
	struct error err;

	if (store_each_hook(take, &err) != 0)
		log_warnx("%s", err.text);
	for (hook = TAILQ_FIRST(&hooks); hook != NULL; hook = next) {
		next = TAILQ_NEXT(hook, entry);
		if (is_claimed(hook))
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
