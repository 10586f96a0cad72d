/*
 * Taking over, at start, the tasks that an earlier daemon left in live/.
 */
#include "common/error.h"
#include "common/log.h"
#include "common/step.h"
#include "daemon/tasks/record.h"
#include "daemon/tasks/store.h"
#include "daemon/tasks/task.h"
#include "daemon/tasks/task_parts.h"

void
task_adopt(const struct store_name *name)
{
	struct error err;
	struct task *task = task_open(name, &err);

	if (task == NULL) {
		log_warnx("left alone: %s", err.text);
		return;
	}
	task_enlist(task);
	STEP("adopt-unexamined");
	task_examine(task);
}
