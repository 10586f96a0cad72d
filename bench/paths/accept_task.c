/* Accepting one task, with its files, while ten live. */
#include "bench/paths/path.h"
#include "tests/unit/taskbox.h"

void
path_setup(void)
{
	path_tasks(10);
}

void
path_run(void)
{
	task_unref(taskbox_task("{\"command\":[\"make\",\"check\"],"
				"\"label\":\"tests\",\"timeout_s\":600}"));
}
