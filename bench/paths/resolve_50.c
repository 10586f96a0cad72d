/* 50 labels to their tasks, of 1,000 that live. */
#include <stdio.h>
#include <stdlib.h>

#include "bench/paths/path.h"
#include "common/error.h"
#include "daemon/find/resolve.h"

#define NAMES 50

static char names[NAMES][8];
static char *ids[NAMES + 1];

void
path_setup(void)
{
	size_t i;

	path_tasks(1000);
	for (i = 0; i < NAMES; i++) {
		snprintf(names[i], sizeof(names[i]), "l%zu", i * 20);
		ids[i] = names[i];
	}
}

void
path_run(void)
{
	struct task_list list = { 0 };
	struct error err;

	if (resolve_ids(ids, &list, &err) != 0 || list.n != NAMES)
		abort();
	task_list_clear(&list);
}
