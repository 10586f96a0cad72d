/* One label to its task, of 100 that have ended. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/paths/path.h"
#include "common/error.h"
#include "daemon/find/resolve.h"
#include "tests/unit/taskbox.h"

#define TASKS 100

void
path_setup(void)
{
	const struct exitrec rec = taskbox_exit(0);
	char spec[100];
	size_t i;

	path_tasks(0);
	for (i = 0; i < TASKS; i++) {
		snprintf(spec, sizeof(spec),
		    "{\"command\":\"true\",\"label\":\"l%zu\"}", i);
		task_unref(taskbox_ended(spec, &rec));
	}
}

void
path_run(void)
{
	char label[] = "l7", *ids[] = { label, NULL };
	struct task_list list = { 0 };
	struct error err;

	if (resolve_ids(ids, &list, &err) != 0 || list.n != 1)
		abort();
	task_list_clear(&list);
}
