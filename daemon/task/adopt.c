/*
 * Taking over the tasks that an earlier daemon left: those in live/ at start,
 * and later what a power cut has left in no other place than its own.
 */
#include <string.h>

#include "common/error.h"
#include "common/log.h"
#include "common/machine.h"
#include "daemon/config.h"
#include "daemon/record/record.h"
#include "daemon/store/accept_run.h"
#include "daemon/store/hooks.h"
#include "daemon/store/live.h"
#include "daemon/store/name.h"
#include "daemon/store/task_dir.h"
#include "daemon/store/unsynced.h"
#include "daemon/task/inside.h"
#include "daemon/task/life.h"
#include "daemon/task/result.h"

/*
 * Whether a task from before the last reboot is held, as the configuration
 * says, or may say when it can be read again; one without a boot id never is.
 */
static bool
is_held(const struct record *rec)
{
	const char *boot = rec->run.number > 1 ? rec->run.asked.boot :
						 rec->from.boot;
	struct machine here;
	struct error unsound;

	if (boot == NULL ||
	    (config_get()->after_reboot != AFTER_REBOOT_HOLD &&
		config_check(&unsound) == 0))
		return false;
	machine_read(&here);
	return strcmp(boot, here.boot) != 0;
}

/*
 * It may have ended while there was no daemon, with a message that waited:
 * so nobody has noted what it cost, or removed its environment.
 */
static void
settle_run_before(struct task *task)
{
	struct error err;
	struct task *before;

	if (task->rec.run.number == 1)
		return;
	before = task_at_run(task, task->rec.run.number - 1, &err);
	if (before == NULL) {
		log_warnx("%s", err.text);
		return;
	}
	if (record_ended(&before->rec)) {
		result_take(&before->rec);
		store_drop_env(&before->rec);
	}
	task_unref(before);
}

/* Whatever the earlier daemon has done, it may have told nobody. */
static void
note_all(const struct store_name *name)
{
	unsynced_all(name->path);
	unsynced_parent(name->path);
	unsynced_folder("live");
	unsynced_folder("keys");
	unsynced_folder("hooks");
	unsynced_top("seq");
}

int
task_adopt(const struct store_name *name, struct error *err)
{
	struct task *task;

	store_drop_torn_runs(name->path);
	store_mend_hooks(name);
	task = task_open(name, err);
	if (task == NULL && error_passes(err))
		return -1;
	if (task == NULL) {
		log_warnx("left alone: %s", err->text);
		return 0;
	}
	note_all(name);
	store_link(&task->rec); /* a power cut may have taken the name */
	settle_run_before(task);
	life_take_over(task, is_held(&task->rec));
	task_unref(task);
	return 0;
}
