/* A look at the queue, and whose turn it is for each of the 1,000 in it. */
#include <stdlib.h>

#include "bench/paths/path.h"
#include "daemon/queue/queue.h"
#include "daemon/queue/turn.h"
#include "tests/unit/taskbox.h"

#define TASKS 1000

static struct task *tasks[TASKS];

static void
close_world(void)
{
	size_t i;

	for (i = 0; i < TASKS; i++)
		task_unref(tasks[i]);
	taskbox_close();
}

void
path_setup(void)
{
	size_t i;

	taskbox_open();
	path_at_end(close_world);
	for (i = 0; i < TASKS; i++)
		tasks[i] = taskbox_held("{\"command\":\"sleep 60\"}");
}

void
path_run(void)
{
	struct turn turn;
	size_t i;

	queue_run();
	for (i = 0; i < TASKS; i++) {
		turn_look(tasks[i], &turn);
		if (turn.reason == TURN_NOW)
			abort();
	}
}
