/*
 * Names of tasks in lists.
 */
#include <stdlib.h>
#include <string.h>

#include "common/mem.h"
#include "daemon/record/record.h"
#include "daemon/task/task.h"
#include "daemon/view/name.h"
#include "tests/unit/taskbox.h"
#include "tests/unit/unit.h"

static void
expect(const char *spec, const char *want)
{
	struct exitrec exit = taskbox_exit(0);
	struct task *task = taskbox_ended_with(spec, &exit, NULL, NULL);
	char *name = view_name(task_record(task));

	if (want == NULL)
		ck_assert_ptr_null(name);
	else
		ck_assert_str_eq(name, want);
	free(name);
	task_unref(task);
}

START_TEST(commands)
{
	expect("{\"command\":\"make -j8\",\"label\":\"build\"}", "build");
	expect("{\"command\":\"\\n  make \\\\\\n -j8\"}", "make \\");
	expect("{\"command\":[\"make\",\"-j8\"]}", "make -j8");
}
END_TEST

START_TEST(long_ones)
{
	char *spec, *want, *x = xcalloc(1, 300);
	int i;

	for (i = 0; i < 298; i += 2)
		memcpy(x + i, "\xc3\xa9", 2);
	spec = xasprintf("{\"command\":\"%s\"}", x);
	want = xstrndup(x, 240); /* of 120 characters */
	expect(spec, want);
	free(spec);
	free(want);
	free(x);
}
END_TEST

UNIT_SUITE
{
	unit_suite("name", taskbox_open, taskbox_close, commands, long_ones,
	    NULL);
}
